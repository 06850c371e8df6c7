import { stringify } from 'yaml';
import { alerts, runbookOf } from './alerts.ts';

/** Alerting rules as Prometheus loads them (prometheus.io/docs/prometheus/latest/configuration/alerting_rules). */
export function prometheusRules(): string {
  const rules = alerts.map((alert) => {
    const { name, severity, expr, for: hold, summary, impact, action } = alert;
    return {
      alert: name,
      expr,
      for: hold,
      labels: { severity },
      annotations: { summary, impact, action, runbook_url: runbookOf(alert) },
    };
  });
  return stringify({ groups: [{ name: 'vitalgate', rules }] }, { lineWidth: 100 });
}
