import { Anchor } from '@mantine/core';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { IconMapOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Empty, Failed, Loading } from '../ui/states.tsx';

export function Lost() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={IconMapOff}
      title={t('errors.lost')}
      action={
        <Anchor component={Link} to="/">
          {t('errors.home')}
        </Anchor>
      }
    />
  );
}

export const Broken = ({ error, reset }: ErrorComponentProps) => (
  <Failed error={error instanceof Error ? error : new TypeError(String(error))} retry={reset} />
);

export const Pending = () => <Loading />;
