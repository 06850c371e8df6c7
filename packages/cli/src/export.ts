import { writeFileSync } from 'node:fs';
import type * as gateway from '@vitalgate/gateway';

/** Port of the probes listener where nothing else is said. */
const PROBES_PORT = 8082;

type Gateway = typeof gateway;

const exports: Readonly<Record<string, (made: Gateway) => string>> = {
  'prometheus-rules': ({ prometheusRules }) => prometheusRules(),
  'grafana-dashboard': ({ grafanaDashboard }) => grafanaDashboard(),
  'k8s-probes': ({ kubernetesProbes }) => kubernetesProbes(PROBES_PORT),
};

export const exportNames: readonly string[] = Object.keys(exports);

/** `vitalgate export WHAT`: made from the definitions the gateway itself runs on. */
export async function exportFile(what: string, { output }: { output?: string }): Promise<void> {
  const text = exports[what]?.(await import('@vitalgate/gateway')) ?? '';
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
}
