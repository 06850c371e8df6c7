import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../api/types.ts';
import { Badge } from '../../ui/badge.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { OverDrawer } from '../../ui/over.tsx';
import { Fact, Facts } from '../../ui/page.tsx';
import { Said, SaidBlock } from '../../ui/said.tsx';

interface EntryDrawerProps {
  readonly entry: AuditEntry | undefined;
  readonly close: () => void;
}

/** All that was written down of one thing that somebody did. */
export function EntryDrawer({ entry, close }: EntryDrawerProps) {
  const { t } = useTranslation();
  return (
    <OverDrawer
      opened={entry !== undefined}
      onClose={close}
      position="right"
      size="lg"
      title={t('audit.entry', { number: entry?.sequence ?? '' })}
    >
      {entry !== undefined && <Entry {...entry} />}
    </OverDrawer>
  );
}

function Entry({
  at,
  actor,
  address,
  action,
  subject,
  details,
  status,
  requestId,
  hash,
}: AuditEntry) {
  const { t } = useTranslation();
  return (
    <>
      <Facts>
        <Fact label={t('requests.at')}>{formatDateTime(at)}</Fact>
        <Fact label={t('audit.who')}>
          <Said>{actor.name === '' ? actor.kind : actor.name}</Said>
        </Fact>
        <Fact label={t('audit.what')}>
          <code>{action}</code>
        </Fact>
        <Fact label={t('audit.subject')}>
          <Said>{subject === '' ? '–' : subject}</Said>
        </Fact>
        <Fact label={t('audit.from')}>
          <Said>{address}</Said>
        </Fact>
        <Fact label={t('audit.result')}>
          <Badge tone={status < 400 ? 'well' : 'failed'}>{status}</Badge>
        </Fact>
        <Fact label={t('audit.requestId')}>
          <code>{requestId}</code>
        </Fact>
        <Fact label={t('audit.hash')}>
          <code>{hash}</code>
        </Fact>
      </Facts>
      {Object.keys(details).length > 0 && (
        <SaidBlock text={JSON.stringify(details, undefined, 2)} label={t('audit.details')} />
      )}
    </>
  );
}
