import { Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMayOperate } from '../../app/session.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Said } from '../../ui/said.tsx';
import classes from './alerts.module.css';

interface ObjectRowProps {
  readonly name: string;
  readonly managedBy: 'file' | 'console';
  /** What it is, in a few words. */
  readonly children: ReactNode;
  /** What everybody who operates may do with it, of the file or not. */
  readonly action?: ReactNode;
  readonly edit: ReactNode;
  readonly remove: () => Promise<unknown>;
}

/** A channel or a rule in its list, and what may be done with it. */
export function ObjectRow({ name, managedBy, children, action, edit, remove }: ObjectRowProps) {
  const { t } = useTranslation();
  const mayOperate = useMayOperate();
  return (
    <li className={classes['row']}>
      <span>
        <strong>
          <Said>{name}</Said>
        </strong>{' '}
        {children}
      </span>
      {mayOperate && (
        <Group gap="xs">
          {action}
          {managedBy === 'console' && (
            <>
              {edit}
              <Confirm
                action={t('common.delete')}
                of={name}
                size="compact-sm"
                isDangerous
                run={remove}
              >
                {t('alerts.removeHelp')}
              </Confirm>
            </>
          )}
        </Group>
      )}
    </li>
  );
}

export const ObjectList = ({ children }: { readonly children: ReactNode }) => (
  <ul className={classes['list']}>{children}</ul>
);
