import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cut, inert, SHOWN } from './inert.ts';
import classes from './said.module.css';

/** A short text of somebody else, in a line of ours. */
export const Said = ({ children }: { readonly children: string }) => (
  <bdi className={classes['said']}>{cut(inert(children), 300)}</bdi>
);

/** A long text of somebody else, as it was sent. */
export function SaidBlock({ text, label }: { readonly text: string; readonly label: string }) {
  const { t } = useTranslation();
  const [most, setMost] = useState(SHOWN);
  const rest = text.length - most;
  return (
    <div className={classes['block']} role="region" aria-label={label} tabIndex={0}>
      <pre className={classes['text']}>{inert(cut(text, most))}</pre>
      {rest > 0 && (
        <Button variant="default" size="compact-sm" onClick={() => setMost(most + 10 * SHOWN)}>
          {t('common.showMore', { count: rest })}
        </Button>
      )}
    </div>
  );
}
