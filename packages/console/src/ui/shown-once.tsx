import { Button, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Secret } from './copy.tsx';
import { OverModal } from './over.tsx';

/** What is told at the moment it is made, and never again. */
export interface Once {
  readonly title: string;
  readonly text: string;
  /** What it is for, and that it will not be shown again. */
  readonly help: string;
  /** On the button that copies it. */
  readonly copy: string;
}

interface ShownOnceProps {
  readonly once: Once;
  readonly isOpen: boolean;
  readonly close: () => void;
}

/** A click beside it, or Escape, must not take away what is never shown again. */
export function ShownOnce({ once, isOpen, close }: ShownOnceProps) {
  const { t } = useTranslation();
  return (
    <OverModal
      opened={isOpen}
      onClose={close}
      title={once.title}
      closeOnClickOutside={false}
      closeOnEscape={false}
      centered
      size="lg"
    >
      <Stack>
        <p>{once.help}</p>
        <Secret text={once.text} label={once.copy} />
        <Button onClick={close}>{t('common.kept')}</Button>
      </Stack>
    </OverModal>
  );
}
