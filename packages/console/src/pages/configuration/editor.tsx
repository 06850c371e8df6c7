import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import type { Configuration } from '../../api/types.ts';
import { useDraft } from '../../ui/draft.ts';
import { ProblemAlert } from '../../ui/problem.tsx';
import { YamlEditor } from '../../ui/yaml-editor.tsx';
import { Differences, Mistakes } from './differences.tsx';

const textOf = ({ text }: Configuration): string => text;

/** Checked while one types; applied whole, or not at all. */
export function Editor({ configuration }: { readonly configuration: Configuration }) {
  const { t } = useTranslation();
  const client = useClient();
  const { draft: text, version, change, reset } = useDraft(configuration, textOf);
  const [note, setNote] = useState('');
  const [settled] = useDebouncedValue(text, 400);
  const check = useQuery({
    queryKey: ['POST /api/configuration/validate', settled],
    queryFn: ({ signal }) =>
      client.call('POST /api/configuration/validate', { body: { text: settled }, signal }),
    placeholderData: keepPreviousData,
  });
  const apply = useChange('PUT /api/configuration', [
    'GET /api/configuration',
    'GET /api/configuration/versions',
    'GET /api/overview',
    'GET /api/targets',
  ]);
  const isChanged = text !== configuration.text;
  const isWrong = (check.data?.mistakes.length ?? 0) > 0;
  return (
    <Stack>
      <Text c="dimmed" size="sm">
        {t('configuration.consoleHelp')}
      </Text>
      <YamlEditor
        label={t('configuration.console')}
        // What it holds is its own: another text is another editor.
        key={version}
        initial={text}
        onChange={change}
      />
      <ProblemAlert error={check.error} />
      {check.data !== undefined && (
        <>
          <Mistakes mistakes={check.data.mistakes} />
          {isChanged && <Differences differences={check.data.differences} />}
        </>
      )}
      <ProblemAlert error={apply.error} />
      <Group align="flex-end">
        <TextInput
          label={t('configuration.note')}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Button
          loading={apply.isPending}
          disabled={!isChanged || isWrong}
          title={isWrong ? t('configuration.mendFirst') : ''}
          onClick={() =>
            apply.mutate(
              { ifMatch: version, body: { text, ...(note === '' ? {} : { note }) } },
              {
                onSuccess: () => {
                  reset();
                  setNote('');
                },
              },
            )
          }
        >
          {t('configuration.apply')}
        </Button>
      </Group>
    </Stack>
  );
}
