import { Button, Modal, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Secret } from '../../ui/copy.tsx';

interface SecretDialogProps {
  readonly secret: string;
  readonly isOpen: boolean;
  readonly close: () => void;
}

/** A click beside it must not take away what is never shown again. */
export function SecretDialog({ secret, isOpen, close }: SecretDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('keys.secretTitle')}
      closeOnClickOutside={false}
      size="lg"
    >
      <Stack>
        <p>{t('keys.secretHelp')}</p>
        <Secret text={secret} label={t('keys.copySecret')} />
        <Button onClick={close}>{t('keys.kept')}</Button>
      </Stack>
    </Modal>
  );
}
