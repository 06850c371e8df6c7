import { Button, Group, Stack } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { read, useChange } from '../../api/queries.ts';
import { Ago } from '../../ui/ago.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { LoadedPages } from '../../ui/loaded-pages.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { Differences } from './differences.tsx';

/** What was in use before, how it differs from now, and the way back. */
export function Versions({ mayRestore }: { readonly mayRestore: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const [open, setOpen] = useState<number>();
  const versions = useInfiniteQuery(readPages(client, 'GET /api/configuration/versions'));
  return (
    <LoadedPages query={versions} empty={<Empty title={t('configuration.noVersions')} />}>
      {(items) => (
        <Stack>
          {items.map(({ number, at, author, note }) => (
            <div key={number}>
              <Group>
                <strong>{t('configuration.version', { number })}</strong>
                <Ago at={at} />
                <Said>{author}</Said>
                {note !== null && <Said>{note}</Said>}
                <Button
                  variant="default"
                  size="compact-sm"
                  aria-expanded={open === number}
                  onClick={() => setOpen(open === number ? undefined : number)}
                >
                  {t('configuration.compare')}
                </Button>
                {mayRestore && <Restore number={number} />}
              </Group>
              {open === number && <Comparison number={number} />}
            </div>
          ))}
        </Stack>
      )}
    </LoadedPages>
  );
}

function Comparison({ number }: { readonly number: number }) {
  const client = useClient();
  const version = useQuery(
    read(client, 'GET /api/configuration/versions/{number}', {
      params: { number: String(number) },
    }),
  );
  return (
    <Loaded query={version}>
      {({ differences }) => <Differences differences={differences} />}
    </Loaded>
  );
}

function Restore({ number }: { readonly number: number }) {
  const { t } = useTranslation();
  const restore = useChange('POST /api/configuration/versions/{number}/restore', [
    'GET /api/configuration',
    'GET /api/configuration/versions',
    'GET /api/overview',
  ]);
  return (
    <Confirm
      action={t('configuration.restore')}
      of={t('configuration.version', { number })}
      size="compact-sm"
      run={() => restore.mutateAsync({ params: { number: String(number) } })}
    >
      {t('configuration.restoreMeans')}
    </Confirm>
  );
}
