import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useServed } from '../../api/served.ts';
import { mayOpen, navigation } from '../../app/navigation.ts';
import { useSession } from '../../app/session.ts';
import { Card, Fact, Facts } from '../../ui/page.tsx';

const steps = ['limits', 'alerts', 'guardrails', 'drills', 'users'] as const;

/** What people do next, once calls come through: as far as one may. */
export function Next() {
  const { t } = useTranslation();
  const { role } = useSession();
  const served = useServed();
  const pages = navigation.flatMap(({ pages: some }) => [...some]);
  return (
    <Card title={t('guide.next')}>
      <Facts>
        {steps.map((step) => {
          const page = pages.find(({ name }) => name === step);
          if (page === undefined || !mayOpen(page, role, served)) return null;
          return (
            <Fact
              key={step}
              label={
                <Anchor component={Link} to={page.to}>
                  {t(`pages.${step}`)}
                </Anchor>
              }
            >
              {t(`guide.nextSteps.${step}`)}
            </Fact>
          );
        })}
      </Facts>
    </Card>
  );
}
