import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { inert } from './inert.ts';
import { OverModal } from './over.tsx';
import { ProblemAlert } from './problem.tsx';

interface ConfirmProps {
  /** On the button that asks, and on the one that does it. */
  readonly action: string;
  /** The name of what it is done to: rows beside each other have the same buttons. */
  readonly of?: string;
  /** What will come of it. */
  readonly children: ReactNode;
  readonly run: () => Promise<unknown>;
  readonly isDangerous?: boolean;
  readonly size?: 'sm' | 'compact-sm';
}

/** A button whose effect is told before it is had. */
export function Confirm(props: ConfirmProps) {
  const { action, of, children, run, isDangerous = false, size = 'sm' } = props;
  const { t } = useTranslation();
  const [isOpen, dialog] = useDisclosure();
  const doing = useMutation({ mutationFn: run });
  const title = of === undefined ? action : `${action}: ${inert(of)}`;
  const open = (): void => {
    // Why it was refused the last time is no news of this one.
    doing.reset();
    dialog.open();
  };
  const focus = { 'data-autofocus': true };
  return (
    <>
      <Button variant="default" size={size} aria-label={title} onClick={open}>
        {action}
      </Button>
      <OverModal opened={isOpen} onClose={dialog.close} title={title} centered>
        <Text mb="md">{children}</Text>
        <ProblemAlert error={doing.error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={dialog.close} {...(isDangerous && focus)}>
            {t('common.cancel')}
          </Button>
          <Button
            {...(isDangerous ? { color: 'red' } : focus)}
            loading={doing.isPending}
            onClick={() => doing.mutate(undefined, { onSuccess: dialog.close })}
          >
            {action}
          </Button>
        </Group>
      </OverModal>
    </>
  );
}
