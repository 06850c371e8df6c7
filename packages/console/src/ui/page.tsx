import { Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Help } from './help.tsx';
import classes from './page.module.css';

interface PageProps {
  readonly title: string;
  /** One sentence: what this page answers. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Vitalgate`;
  }, [title]);
  return (
    <div className={classes['page']}>
      <header className={classes['header']}>
        <div className={classes['heading']}>
          <Title order={1} size="h2">
            {title}
          </Title>
          {lead !== undefined && <p className={classes['lead']}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={classes['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly flush?: boolean;
}

/** A part of a page with a heading of its own; `flush` for tables, which reach its edges. */
export const Card = ({ title, actions, children, flush = false }: CardProps) => (
  <section className={classes['card']}>
    {(title !== undefined || actions !== undefined) && (
      <header className={classes['cardHeader']}>
        {title !== undefined && (
          <Title order={2} size="h5">
            {title}
          </Title>
        )}
        {actions !== undefined && <div className={classes['actions']}>{actions}</div>}
      </header>
    )}
    <div className={flush ? classes['flush'] : classes['body']}>{children}</div>
  </section>
);

/** Cards side by side where there is room. */
export const Columns = ({ children }: { readonly children: ReactNode }) => (
  <div className={classes['columns']}>{children}</div>
);

export const Figures = ({ children }: { readonly children: ReactNode }) => (
  <dl className={classes['figures']}>{children}</dl>
);

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  readonly tone?: 'well' | 'impaired' | 'failed' | undefined;
  /** What exactly is counted, for whoever asks. */
  readonly help?: string;
}

/** One number that matters. */
export const Figure = ({ label, value, note, tone, help }: FigureProps) => (
  <div className={classes['figure']}>
    <dt>
      {label}
      {help !== undefined && <Help label={label}>{help}</Help>}
    </dt>
    <dd className={`${classes['value']} numeric ${tone === undefined ? '' : classes[tone]}`}>
      {value}
    </dd>
    {note !== undefined && <dd className={classes['note']}>{note}</dd>}
  </div>
);

/** Names and values, one pair a line. */
export const Facts = ({ children }: { readonly children: ReactNode }) => (
  <dl className={classes['facts']}>{children}</dl>
);

export const Fact = ({
  label,
  children,
}: {
  readonly label: ReactNode;
  readonly children: ReactNode;
}) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);
