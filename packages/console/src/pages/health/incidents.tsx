import { Button, Switch, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { useChange } from '../../api/queries.ts';
import type { Incident } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { useDraft } from '../../ui/draft.ts';
import { formatDateTime, formatMs } from '../../ui/format.ts';
import { LoadedPages } from '../../ui/loaded-pages.tsx';
import { Card } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty } from '../../ui/states.tsx';
import classes from './health.module.css';

export function Incidents() {
  const { t } = useTranslation();
  const client = useClient();
  const incidents = useInfiniteQuery(readPages(client, 'GET /api/incidents'));
  return (
    <Card title={t('health.incidents')}>
      <LoadedPages query={incidents} empty={<Empty title={t('health.noIncidents')} />}>
        {(items) => items.map((incident) => <Row key={incident.id} incident={incident} />)}
      </LoadedPages>
    </Card>
  );
}

function Row({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation();
  const mayOperate = useMayOperate();
  const { title, severity, routes, cause, reason, startedAt, endedAt, notes } = incident;
  const lasted =
    endedAt === null ? undefined : formatMs(Date.parse(endedAt) - Date.parse(startedAt));
  return (
    <article className={classes['incident']}>
      <div className={classes['head']}>
        <strong>
          <Said>{title}</Said>
        </strong>
        <Badge tone={severity === 'down' ? 'failed' : 'impaired'}>
          {t(`health.severities.${severity}`)}
        </Badge>
        {endedAt === null && <Badge tone="probing">{t('health.open')}</Badge>}
        <span className={classes['words']}>
          {incident.public ? t('health.public') : t('health.private')}
        </span>
        {mayOperate && <Edit incident={incident} />}
      </div>
      <p>
        <Said>{routes.join(', ')}</Said> · <Said>{cause}</Said>: <Said>{reason}</Said> ·{' '}
        {formatDateTime(startedAt)}
        {lasted !== undefined && ` · ${t('health.lasted', { span: lasted })}`}
      </p>
      {notes.map((note) => (
        <p key={`${note.at} ${note.text}`}>
          <Ago at={note.at} /> <Said>{note.author}</Said>: <Said>{note.text}</Said>
        </p>
      ))}
    </article>
  );
}

const begun = (incident: Incident) => ({
  title: incident.title,
  isPublic: incident.public,
  note: '',
});

function Edit({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const { draft, version, change: set, reset } = useDraft(incident, begun);
  const close = (): void => {
    dialog.close();
    reset();
    change.reset();
  };
  const change = useChange('PATCH /api/incidents/{id}', ['GET /api/incidents']);
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialog.open}>
        {t('health.edit')}
      </Button>
      <FormDialog
        title={t('health.edit')}
        isOpen={isOpen}
        close={close}
        action={t('common.save')}
        error={change.error}
        isRunning={change.isPending}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            {
              params: { id: incident.id },
              ifMatch: version,
              body: {
                title: draft.title,
                public: draft.isPublic,
                ...(draft.note === '' ? {} : { note: draft.note }),
              },
            },
            { onSuccess: close },
          );
        }}
      >
        <TextInput
          label={t('health.incidentTitle')}
          required
          value={draft.title}
          onChange={(event) => set({ ...draft, title: event.currentTarget.value })}
        />
        <Textarea
          label={t('health.note')}
          value={draft.note}
          onChange={(event) => set({ ...draft, note: event.currentTarget.value })}
        />
        <Switch
          label={t('health.showPublic')}
          checked={draft.isPublic}
          onChange={(event) => set({ ...draft, isPublic: event.currentTarget.checked })}
        />
      </FormDialog>
    </>
  );
}
