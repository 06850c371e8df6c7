import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from './problem.tsx';

interface ConfirmProps {
  /** On the button that asks, and on the one that does it. */
  readonly action: string;
  /** What will come of it. */
  readonly children: ReactNode;
  readonly run: () => Promise<unknown>;
  readonly error: Error | null;
  readonly isRunning: boolean;
  readonly isDangerous?: boolean;
  readonly size?: 'sm' | 'compact-sm';
}

/** A button whose effect is told before it is had. */
export function Confirm(props: ConfirmProps) {
  const { action, children, run, error, isRunning, isDangerous = false, size = 'sm' } = props;
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const colour = isDangerous ? { color: 'red' } : {};
  return (
    <>
      <Button variant="default" size={size} onClick={dialog.open}>
        {action}
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title={action}>
        <Text mb="md">{children}</Text>
        <ProblemAlert error={error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={dialog.close}>
            {t('common.cancel')}
          </Button>
          <Button
            {...colour}
            loading={isRunning}
            data-autofocus
            onClick={() => void run().then(dialog.close, () => {})}
          >
            {action}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
