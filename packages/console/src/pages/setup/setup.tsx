import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { NewPassword } from '../../ui/new-password.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Empty } from '../../ui/states.tsx';
import { Door } from '../sign-in/door.tsx';

const route = getRouteApi('/setup');

/** The first owner comes in here, once, by the link that the terminal printed. */
export function SetUpPage() {
  const { t } = useTranslation();
  const client = useClient();
  const { token } = route.useSearch();
  const setUp = useQuery(read(client, 'GET /api/setup'));
  return (
    <Door title={t('setUp.title')}>
      <Loaded query={setUp}>
        {({ needed }) => {
          if (!needed) {
            return (
              <Empty title={t('setUp.owned')}>
                {t('setUp.ownedHelp')} <Link to="/">{t('setUp.goOn')}</Link>
              </Empty>
            );
          }
          if (token !== undefined) return <OwnerForm token={token} />;
          return <Empty title={t('setUp.incomplete')}>{t('setUp.incompleteHelp')}</Empty>;
        }}
      </Loaded>
    </Door>
  );
}

function OwnerForm({ token }: { readonly token: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const setUp = useChange('POST /api/setup', []);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', email: '', password: '' },
  });
  return (
    <form
      onSubmit={form.onSubmit((values) =>
        setUp.mutate(
          { body: { token, ...values } },
          {
            onSuccess: () => {
              queries.clear();
              void navigate({ to: '/guide', replace: true });
            },
          },
        ),
      )}
    >
      <Stack>
        <p>{t('setUp.lead')}</p>
        <TextInput
          label={t('setUp.name')}
          autoComplete="name"
          autoFocus
          required
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          required
          key={form.key('email')}
          {...form.getInputProps('email')}
        />
        <NewPassword key={form.key('password')} {...form.getInputProps('password')} />
        <ProblemAlert error={setUp.error} />
        <Button type="submit" loading={setUp.isPending}>
          {t('setUp.submit')}
        </Button>
      </Stack>
    </form>
  );
}
