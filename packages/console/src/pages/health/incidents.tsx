import { Button, Switch, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../../api/client.ts';
import { readPages } from '../../api/paged.ts';
import { useChange } from '../../api/queries.ts';
import type { Incident } from '../../api/types.ts';
import { useMayOperate } from '../../app/session.ts';
import { Ago } from '../../ui/ago.tsx';
import { Badge } from '../../ui/badge.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { formatDateTime, formatMs } from '../../ui/format.ts';
import { Card } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import classes from './health.module.css';

export function Incidents() {
  const { t } = useTranslation();
  const client = useClient();
  const incidents = useInfiniteQuery(readPages(client, 'GET /api/incidents'));
  return (
    <Card title={t('health.incidents')}>
      {incidents.data === undefined ? (
        incidents.isError ? (
          <Failed error={incidents.error} retry={() => void incidents.refetch()} />
        ) : (
          <Loading />
        )
      ) : incidents.data.length === 0 ? (
        <Empty title={t('health.noIncidents')} />
      ) : (
        incidents.data.map((incident) => <Row key={incident.id} incident={incident} />)
      )}
      {incidents.hasNextPage && (
        <Button variant="default" onClick={() => void incidents.fetchNextPage()}>
          {t('health.older')}
        </Button>
      )}
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
        {routes.join(', ')} · {cause}: <Said>{reason}</Said> · {formatDateTime(startedAt)}
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

function Edit({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const [title, setTitle] = useState(incident.title);
  const [isPublic, setPublic] = useState(incident.public);
  const [note, setNote] = useState('');
  const change = useChange('PATCH /api/incidents/{id}', ['GET /api/incidents']);
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialog.open}>
        {t('health.edit')}
      </Button>
      <FormDialog
        title={t('health.edit')}
        isOpen={isOpen}
        close={dialog.close}
        action={t('common.save')}
        error={change.error}
        isRunning={change.isPending}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(
            {
              params: { id: incident.id },
              ifMatch: incident.version,
              body: { title, public: isPublic, ...(note === '' ? {} : { note }) },
            },
            {
              onSuccess: () => {
                setNote('');
                dialog.close();
              },
            },
          );
        }}
      >
        <TextInput
          label={t('health.incidentTitle')}
          required
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t('health.note')}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Switch
          label={t('health.showPublic')}
          checked={isPublic}
          onChange={(event) => setPublic(event.currentTarget.checked)}
        />
      </FormDialog>
    </>
  );
}
