import { ActionIcon, Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './copy.module.css';
import { cut, inert, SHOWN } from './inert.ts';

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  return (
    <ActionIcon
      variant="subtle"
      title={label}
      aria-label={clipboard.copied ? t('common.copied') : label}
      onClick={() => clipboard.copy(text)}
    >
      {clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
    </ActionIcon>
  );
}

/** What is to be pasted into a terminal or a program: shown inert and cut, copied as it is. */
export function Snippet({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={classes['snippet']} role="region" aria-label={label} tabIndex={0}>
      <pre>
        {inert(cut(text, SHOWN))}
        {text.length > SHOWN && '…'}
      </pre>
      <div className={classes['corner']}>
        <CopyButton text={text} label={label} />
      </div>
    </div>
  );
}

/** Shown once: to be kept before anything else is done. */
export function Secret({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  return (
    <div className={classes['secret']}>
      <code>{text}</code>
      <Button
        size="compact-md"
        aria-label={label}
        leftSection={clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        onClick={() => clipboard.copy(text)}
      >
        {clipboard.copied ? t('common.copied') : t('common.copy')}
      </Button>
    </div>
  );
}
