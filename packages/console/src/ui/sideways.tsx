import type { ReactNode } from 'react';
import classes from './sideways.module.css';

interface SidewaysProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** For what is too wide for a small screen: it scrolls for itself, by keyboard too. */
export const Sideways = ({ label, children }: SidewaysProps) => (
  <div className={classes['sideways']} role="region" aria-label={label} tabIndex={0}>
    {children}
  </div>
);
