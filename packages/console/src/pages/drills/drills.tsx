import { Button, Progress, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { read, useChange } from '../../api/queries.ts';
import type { Drill } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { formatCount, formatMs, formatShare } from '../../ui/format.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { RowsTable } from '../../ui/rows-table.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import classes from './drills.module.css';

const route = getRouteApi('/inside/drills');
const touched = ['GET /api/drills', 'GET /api/drills/{id}'] as const;

/** Breaks simulated providers on purpose, beside the real traffic, and keeps the score. */
export function DrillsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = route.useNavigate();
  const { id } = route.useSearch();
  const mayOperate = useMayOperate();
  const drills = useQuery(read(client, 'GET /api/drills'));
  const start = useChange('POST /api/drills', touched);
  const isRunning = drills.data?.items.some(({ state }) => state === 'running') === true;
  const shown = id ?? drills.data?.items[0]?.id;
  return (
    <Page
      title={t('pages.drills')}
      lead={t('drills.lead')}
      actions={
        mayOperate && (
          <Button
            loading={start.isPending}
            disabled={isRunning}
            title={isRunning ? t('drills.oneAtATime') : ''}
            onClick={() =>
              start.mutate(
                { body: {} },
                { onSuccess: (drill) => void navigate({ search: { id: drill.id } }) },
              )
            }
          >
            {t('drills.start')}
          </Button>
        )
      }
    >
      <ProblemAlert error={start.error} />
      <Loaded query={drills}>
        {({ items }) =>
          shown === undefined ? (
            <Empty title={t('drills.none')}>{t('drills.noneHelp')}</Empty>
          ) : (
            <>
              <Scorecard key={shown} id={shown} mayCancel={mayOperate} />
              <Earlier drills={items} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Scorecard({ id, mayCancel }: { readonly id: string; readonly mayCancel: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const cancel = useChange('DELETE /api/drills/{id}', touched);
  const drill = useQuery({
    ...read(client, 'GET /api/drills/{id}', { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 1000 : false),
  });
  return (
    <Loaded query={drill}>
      {(told) => (
        <Card
          title={t('drills.scorecard')}
          actions={
            <>
              <Badge tone={tones[told.state]}>{t(`drills.states.${told.state}`)}</Badge>
              {mayCancel && told.state === 'running' && (
                <Button
                  variant="default"
                  size="compact-sm"
                  loading={cancel.isPending}
                  onClick={() => cancel.mutate({ params: { id } })}
                >
                  {t('common.cancel')}
                </Button>
              )}
            </>
          }
        >
          <ProblemAlert error={cancel.error} />
          {told.problem !== null && (
            <p role="alert">
              <Said>{told.problem}</Said>
            </p>
          )}
          <Progress
            value={told.progress * 100}
            mb="md"
            aria-label={t('drills.progress', { share: formatShare(told.progress) })}
          />
          <Results results={told.results} />
        </Card>
      )}
    </Loaded>
  );
}

const tones: Record<Drill['state'] | Drill['results'][number]['state'], Tone> = {
  running: 'probing',
  finished: 'well',
  cancelled: 'unknown',
  failed: 'failed',
  waiting: 'unknown',
  passed: 'well',
};

function Results({ results }: Pick<Drill, 'results'>) {
  const { t } = useTranslation();
  return (
    <RowsTable
      label={t('drills.scorecard')}
      heads={[
        t('drills.scenario'),
        t('drills.result'),
        t('pages.requests'),
        t('drills.served'),
        t('drills.told'),
        t('drills.lied'),
        t('drills.slowest'),
      ]}
      isNumeric
    >
      {results.map((one) => (
        <Table.Tr key={one.scenario}>
          <Table.Td>
            <strong>
              <Said>{one.title}</Said>
            </strong>
            <div>
              <Said>{one.words}</Said>
            </div>
          </Table.Td>
          <Table.Td>
            <Badge tone={tones[one.state]}>{t(`drills.states.${one.state}`)}</Badge>
          </Table.Td>
          <Table.Td>{formatCount(one.requests)}</Table.Td>
          <Table.Td>{formatCount(one.served)}</Table.Td>
          <Table.Td>{formatCount(one.told)}</Table.Td>
          <Table.Td>{formatCount(one.lied)}</Table.Td>
          <Table.Td>{one.slowestMs === null ? '–' : formatMs(one.slowestMs)}</Table.Td>
        </Table.Tr>
      ))}
    </RowsTable>
  );
}

function Earlier({ drills }: { readonly drills: readonly Drill[] }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  return (
    <Card title={t('drills.earlier')}>
      {drills.map((drill) => (
        <Button
          key={drill.id}
          className={classes['earlier'] ?? ''}
          variant="subtle"
          size="compact-md"
          onClick={() => void navigate({ search: { id: drill.id } })}
        >
          <span>
            <Ago at={drill.startedAt} />
            {` · ${t(`drills.states.${drill.state}`)} · ${t('drills.passed', {
              passed: drill.results.filter(({ state }) => state === 'passed').length,
              of: drill.results.length,
            })}`}
          </span>
        </Button>
      ))}
    </Card>
  );
}
