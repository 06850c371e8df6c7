import { Button, SegmentedControl, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/queries.ts';
import { ProblemAlert } from '../../ui/problem.tsx';
import type { Settings } from '../../ui/settings.ts';
import { Findings } from './findings.tsx';

const directions = ['input', 'output'] as const;

interface TryItProps {
  /** A rule that is not kept yet; absent: all that are. */
  readonly draft?: () => Settings;
}

/** What would be found in a text. Part of another form, too, so it is none itself. */
export function TryIt({ draft }: TryItProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [direction, setDirection] = useState<(typeof directions)[number]>('input');
  // What was tried stays beside what came of it.
  const [tried, setTried] = useState('');
  const attempt = useChange('POST /api/guardrails/try', []);
  return (
    <Stack>
      <Textarea
        label={t('guardrails.text')}
        description={t('guardrails.textHelp')}
        rows={4}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div>
        <SegmentedControl
          aria-label={t('guardrails.direction')}
          value={direction}
          data={directions.map((value) => ({
            value,
            label: t(`guardrails.directions.${value}`),
          }))}
          onChange={setDirection}
        />
      </div>
      <ProblemAlert error={attempt.error} />
      <div>
        <Button
          variant={draft === undefined ? 'filled' : 'default'}
          disabled={text === ''}
          loading={attempt.isPending}
          onClick={() => {
            setTried(text);
            const body = { text, direction, ...(draft !== undefined && { draft: draft() }) };
            attempt.mutate({ body });
          }}
        >
          {t('guardrails.try')}
        </Button>
      </div>
      {attempt.data !== undefined && <Findings text={tried} result={attempt.data} />}
    </Stack>
  );
}
