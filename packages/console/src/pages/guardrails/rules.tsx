import { Button, Group, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import type { Guardrail } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Card } from '../../ui/page.tsx';
import { inert } from '../../ui/inert.ts';
import { RowsTable } from '../../ui/rows-table.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import { draftOf } from './draft.ts';
import { Editor } from './editor.tsx';
import { tones } from './tones.ts';

/** The rules there are, and what may be done with each. */
export function Rules() {
  const { t } = useTranslation();
  const client = useClient();
  const mayOperate = useMayOperate();
  const guardrails = useQuery(read(client, 'GET /api/guardrails'));
  return (
    <Card title={t('guardrails.rules')} actions={mayOperate && <Add />}>
      <Loaded query={guardrails}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('guardrails.none')}>{t('guardrails.noneHelp')}</Empty>
          ) : (
            <>
              <Text c="dimmed" size="sm">
                {t('guardrails.order')}
              </Text>
              <RowsTable
                label={t('guardrails.rules')}
                heads={[
                  t('common.name'),
                  t('guardrails.action'),
                  t('guardrails.on'),
                  t('guardrails.appliesTo'),
                  t('guardrails.detect'),
                  t('guardrails.onError'),
                  t('guardrails.change'),
                ]}
              >
                {items.map((one) => (
                  <Rule key={one.name} rule={one} mayOperate={mayOperate} />
                ))}
              </RowsTable>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

interface RuleProps {
  readonly rule: Guardrail;
  readonly mayOperate: boolean;
}

function Rule({ rule, mayOperate }: RuleProps) {
  const { t } = useTranslation();
  const { on, appliesTo, scopes } = draftOf(rule.settings);
  const named = Object.values(scopes).flat();
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <Said>{rule.name}</Said>
      </Table.Th>
      <Table.Td>
        <Badge tone={tones[rule.action]}>{t(`guardrails.actions.${rule.action}`)}</Badge>
      </Table.Td>
      <Table.Td>{t(`guardrails.sides.${on}`)}</Table.Td>
      <Table.Td>
        {named.length > 0 ? <Said>{named.join(', ')}</Said> : t(`guardrails.applies.${appliesTo}`)}
      </Table.Td>
      <Table.Td>
        <Said>{lookedFor(rule.settings['detect'])}</Said>
      </Table.Td>
      <Table.Td>{t(`guardrails.actions.${rule.onError}`)}</Table.Td>
      <Table.Td>
        {rule.managedBy === 'file' ? t('common.file') : mayOperate && <Change rule={rule} />}
      </Table.Td>
    </Table.Tr>
  );
}

/** `pii, words: a, b`: what is looked for, in one line. */
const lookedFor = (detect: unknown): string =>
  (Array.isArray(detect) ? detect : [detect])
    .map((one) =>
      typeof one === 'object' && one !== null
        ? Object.entries(one as object)
            .map(([kind, set]) => `${kind}: ${JSON.stringify(set)}`)
            .join(', ')
        : String(one),
    )
    .join(', ');

function Add() {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  return (
    <>
      <Button size="compact-sm" leftSection={<IconPlus size={16} />} onClick={dialog.open}>
        {t('guardrails.add')}
      </Button>
      {isOpen && <Editor isOpen close={dialog.close} />}
    </>
  );
}

function Change({ rule }: { readonly rule: Guardrail }) {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const remove = useChange('DELETE /api/guardrails/{name}', ['GET /api/guardrails']);
  return (
    <Group gap="xs" wrap="nowrap">
      <Button
        variant="default"
        size="compact-sm"
        aria-label={`${t('guardrails.edit')}: ${inert(rule.name)}`}
        onClick={dialog.open}
      >
        {t('guardrails.edit')}
      </Button>
      {isOpen && <Editor before={rule} isOpen close={dialog.close} />}
      <Confirm
        action={t('common.delete')}
        of={rule.name}
        isDangerous
        size="compact-sm"
        run={() => remove.mutateAsync({ params: { name: rule.name } })}
      >
        {t('guardrails.deleteMeans')}
      </Confirm>
    </Group>
  );
}
