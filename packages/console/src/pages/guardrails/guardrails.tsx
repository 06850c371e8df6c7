import { useTranslation } from 'react-i18next';
import { Card, Page } from '../../ui/page.tsx';
import { Rules } from './rules.tsx';
import { TryIt } from './try-it.tsx';

/** The rules over what is asked and answered, and what they would make of a text. */
export function GuardrailsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('pages.guardrails')} lead={t('guardrails.lead')}>
      <Rules />
      <Card title={t('guardrails.try')}>
        <TryIt />
      </Card>
    </Page>
  );
}
