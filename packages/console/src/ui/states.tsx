import { Button, Skeleton, Text, Title } from '@mantine/core';
import { IconCloudOff, IconInbox, IconLock } from '@tabler/icons-react';
import { ApiError } from '@vitalgate/contract/api/client';
import type { ComponentType, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Said } from './said.tsx';
import classes from './states.module.css';

interface StateProps {
  readonly icon?: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Nothing here yet: says what would be here, and how to get it. */
export const Empty = ({ icon: Icon = IconInbox, title, children, action }: StateProps) => (
  <div className={classes['state']}>
    <Icon size={36} stroke={1.4} aria-hidden />
    <Title order={2} size="h4">
      {title}
    </Title>
    {children !== undefined && (
      <Text c="dimmed" maw="34rem">
        {children}
      </Text>
    )}
    {action}
  </div>
);

/** Something could not be read. Says what, and lets a person try again. */
export function Failed({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof ApiError ? error.problem : undefined;
  const isAway = problem?.code === 'unavailable';
  const isDenied = problem?.code === 'forbidden';
  return (
    <div role="alert">
      <Empty
        icon={isDenied ? IconLock : IconCloudOff}
        title={t(isAway ? 'errors.away' : isDenied ? 'errors.denied' : 'errors.failed')}
        action={
          retry !== undefined && (
            <Button variant="default" onClick={retry}>
              {t('common.tryAgain')}
            </Button>
          )
        }
      >
        <Said>{problem?.detail ?? error.message}</Said>
        {problem?.requestId !== undefined && (
          <span className="mono"> ({t('errors.requestId', { id: problem.requestId })})</span>
        )}
      </Empty>
    </div>
  );
}

export function Loading() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('common.loading')} className={classes['loading']}>
      <Skeleton h={28} w="12rem" />
      <Skeleton h={120} />
      <Skeleton h={240} />
    </div>
  );
}
