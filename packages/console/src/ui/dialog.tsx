import { Button, Group, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { OverModal } from './over.tsx';
import { ProblemAlert } from './problem.tsx';

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  /** On the button that does it. */
  readonly action: string;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  readonly error: Error | null;
  readonly isRunning: boolean;
  readonly size?: string;
  readonly children: ReactNode;
}

/** A form over the page: fields, why it was refused, and two buttons. */
export function FormDialog(props: DialogProps) {
  const { title, isOpen, close, action, onSubmit, error, isRunning, size = 'md', children } = props;
  const { t } = useTranslation();
  return (
    <OverModal opened={isOpen} onClose={close} title={title} size={size} centered>
      <form onSubmit={onSubmit}>
        <Stack>
          {children}
          <ProblemAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={isRunning}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </OverModal>
  );
}
