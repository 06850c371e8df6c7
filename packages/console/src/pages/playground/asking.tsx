import { Button, Group, PasswordInput, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Card, Columns } from '../../ui/page.tsx';
import { ProblemAlert } from '../../ui/problem.tsx';
import { Empty } from '../../ui/states.tsx';
import { AnswerView } from './answer.tsx';
import type { Play } from './play.ts';

interface AskingProps {
  readonly title: string;
  readonly play: Play;
  /** Something is missing without which nothing can be asked. */
  readonly isIncomplete?: boolean;
  readonly onSend: () => void;
  /** The fields of what is asked. */
  readonly children: ReactNode;
}

/** What is asked beside what is answered. */
export function Asking({ title, play, isIncomplete = false, onSend, children }: AskingProps) {
  const { t } = useTranslation();
  const { played, isPending, error, cancel } = play;
  return (
    <Columns>
      <Card title={title}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onSend();
          }}
        >
          <Stack>
            {children}
            <ProblemAlert error={error} />
            <Group>
              <Button type="submit" loading={isPending} disabled={isIncomplete}>
                {t('playground.send')}
              </Button>
              {isPending && (
                <Button variant="default" onClick={cancel}>
                  {t('common.cancel')}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      </Card>
      <Card title={t('playground.answer')}>
        {played === undefined ? (
          <Empty title={t('playground.noAnswer')}>{t('playground.noAnswerHelp')}</Empty>
        ) : (
          <AnswerView played={played} isPending={isPending} />
        )}
      </Card>
    </Columns>
  );
}

interface KeyFieldProps {
  readonly value: string;
  readonly onChange: (key: string) => void;
}

/** The secret of the client key that is asked with. */
export function KeyField({ value, onChange }: KeyFieldProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('playground.key')}
      description={t('playground.keyHelp')}
      autoComplete="off"
      required
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
