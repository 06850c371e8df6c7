import { MultiSelect, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import type { Guardrail } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Labelled } from '../../ui/labelled.tsx';
import { NameField } from '../../ui/name-field.tsx';
import { SettingsFields } from '../../ui/settings-fields.tsx';
import { draftOf, settingsOfDraft, type Draft } from './draft.ts';
import { useFields } from './fields.ts';
import classes from './guardrails.module.css';
import { ScopeFields } from './scope-fields.tsx';
import { TryIt } from './try-it.tsx';
import { inert } from '../../ui/inert.ts';

const actions = ['block', 'redact', 'flag'] as const;
const sides = ['both', 'request', 'answer'] as const;

interface EditorProps {
  /** What there is already; it keeps its name. */
  readonly before?: Guardrail;
  readonly isOpen: boolean;
  readonly close: () => void;
}

/** The form in which a guardrail is made or changed, and tried before it is kept. */
export function Editor({ before: newest, isOpen, close }: EditorProps) {
  const { t } = useTranslation();
  // As it was when it was opened: what somebody else makes of it meanwhile is a conflict.
  const [before] = useState(newest);
  const [name, setName] = useState(before?.name ?? '');
  const [draft, setDraft] = useState(() => draftOf(before?.settings ?? {}));
  const add = useChange('POST /api/guardrails', ['GET /api/guardrails']);
  const change = useChange('PATCH /api/guardrails/{name}', ['GET /api/guardrails']);
  const { detectors, lists, allowed, further } = useFields(draft);
  const set = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const fieldsOf = (fields: Parameters<typeof SettingsFields>[0]['fields']) => (
    <SettingsFields
      fields={fields}
      values={draft.values}
      onChange={(values) => set({ values })}
      isChange={before !== undefined}
    />
  );
  const save = async (): Promise<void> => {
    const settings = settingsOfDraft(draft);
    if (before === undefined) await add.mutateAsync({ body: { name, settings } });
    else {
      const { name: own, version } = before;
      await change.mutateAsync({ params: { name: own }, body: { settings }, ifMatch: version });
    }
    close();
  };
  return (
    <FormDialog
      title={before === undefined ? t('guardrails.add') : `${t('guardrails.edit')}: ${inert(name)}`}
      isOpen={isOpen}
      close={close}
      size="lg"
      action={t('common.save')}
      error={add.error ?? change.error}
      isRunning={add.isPending || change.isPending}
      onSubmit={(event) => {
        event.preventDefault();
        // Why it was refused is shown by the dialog.
        save().catch(() => {});
      }}
    >
      <NameField
        value={name}
        onChange={setName}
        help={t('keys.nameHelp')}
        isGiven={before !== undefined}
      />
      <MultiSelect
        label={t('guardrails.detect')}
        description={t('guardrails.detectHelp')}
        data={[...detectors]}
        searchable
        value={[...draft.detect]}
        onChange={(detect) => set({ detect })}
      />
      {fieldsOf(lists)}
      <Labelled label={t('guardrails.action')} help={t(`guardrails.actionHelp.${draft.action}`)}>
        <SegmentedControl
          aria-label={t('guardrails.action')}
          value={draft.action}
          data={actions.map((value) => ({ value, label: t(`guardrails.actions.${value}`) }))}
          onChange={(action) => set({ action })}
        />
      </Labelled>
      <Labelled label={t('guardrails.on')}>
        <SegmentedControl
          aria-label={t('guardrails.on')}
          value={draft.on}
          data={sides.map((value) => ({ value, label: t(`guardrails.sides.${value}`) }))}
          onChange={(on) => set({ on })}
        />
      </Labelled>
      <ScopeFields draft={draft} set={set} />
      <details className={classes['more']}>
        <summary>{t('guardrails.allowed')}</summary>
        {fieldsOf(allowed)}
      </details>
      <details className={classes['more']}>
        <summary>{t('guardrails.further')}</summary>
        {fieldsOf(further)}
      </details>
      <details className={classes['more']} open>
        <summary>{t('guardrails.tryDraft')}</summary>
        <TryIt draft={() => settingsOfDraft(draft)} />
      </details>
    </FormDialog>
  );
}
