import { Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Brand } from '../../app/brand.tsx';
import classes from './sign-in.module.css';

/** What stands around the few pages that are for whoever is not inside yet. */
export function Door({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Vitalgate`;
  }, [title]);
  return (
    <main className={classes['door']}>
      <div className={classes['panel']}>
        <Brand />
        <Title order={1} size="h3">
          {title}
        </Title>
        {children}
      </div>
    </main>
  );
}
