import { writeFileSync } from 'node:fs';
import { grafanaDashboard, kubernetesProbes, prometheusRules } from '@vitalgate/gateway';

/** Port of the probes listener where nothing else is said. */
const PROBES_PORT = 8082;

const exports = {
  'prometheus-rules': prometheusRules,
  'grafana-dashboard': grafanaDashboard,
  'k8s-probes': () => kubernetesProbes(PROBES_PORT),
} as const;

export const exportNames: readonly string[] = Object.keys(exports);

/** `vitalgate export WHAT`: made from the definitions the gateway itself runs on. */
export function exportFile(what: string, { output }: { output?: string }): void {
  const text = exports[what as keyof typeof exports]();
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
}
