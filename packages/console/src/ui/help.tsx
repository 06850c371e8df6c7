import { IconHelpCircle } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './help.module.css';

/** What a word means, for whoever asks: with the mouse, a finger or the keyboard; Escape closes it. */
export function Help({ label, children }: { readonly label: string; readonly children: string }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <>
      <button
        type="button"
        className={classes['mark']}
        popoverTarget={id}
        aria-label={t('common.meaningOf', { what: label })}
      >
        <IconHelpCircle size={15} aria-hidden />
      </button>
      <p popover="auto" id={id} className={classes['text']}>
        {children}
      </p>
    </>
  );
}
