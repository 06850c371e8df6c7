import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FormDialog } from './dialog.tsx';
import { ShownOnce, type Once } from './shown-once.tsx';

interface AddDialogProps {
  /** On the button, and over the form. */
  readonly title: string;
  /** On the button that makes it. */
  readonly action?: string;
  readonly children: ReactNode;
  /** Makes it, and says when that is done. */
  readonly add: (done: () => void) => void;
  /** Forgets what was typed and what was refused. */
  readonly forget: () => void;
  readonly error: Error | null;
  readonly isRunning: boolean;
  /** Why there is nothing to add yet. */
  readonly notYet?: string | undefined;
  readonly size?: 'sm' | 'compact-md';
  readonly width?: 'md' | 'lg';
  /** What came of it that is shown this once, in place of the form. */
  readonly once?: Once | undefined;
}

/** A button, and the form over the page with which something is added. */
export function AddDialog(props: AddDialogProps) {
  const { title, children, add, forget, error, isRunning, notYet, once } = props;
  const { size = 'sm', width = 'md' } = props;
  const { t } = useTranslation();
  const { action = t('common.create') } = props;
  const [isOpen, dialog] = useDisclosure();
  const close = (): void => {
    dialog.close();
    forget();
  };
  return (
    <>
      <Button
        size={size}
        leftSection={<IconPlus size={16} />}
        disabled={notYet !== undefined}
        title={notYet ?? ''}
        onClick={dialog.open}
      >
        {title}
      </Button>
      {once === undefined ? (
        <FormDialog
          title={title}
          isOpen={isOpen}
          close={close}
          action={action}
          size={width}
          error={error}
          isRunning={isRunning}
          onSubmit={(event) => {
            event.preventDefault();
            add(close);
          }}
        >
          {children}
        </FormDialog>
      ) : (
        <ShownOnce once={once} isOpen={isOpen} close={close} />
      )}
    </>
  );
}
