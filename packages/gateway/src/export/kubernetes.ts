import { stringify } from 'yaml';

const get = (path: string) => ({ httpGet: { path, port: 'probes' } });

/**
 * The probes of a container, as a patch for a Deployment (kubernetes.io, "Configure Liveness,
 * Readiness and Startup Probes"). Liveness looks at this process alone, so that a provider’s
 * trouble never restarts the fleet.
 */
export function kubernetesProbes(probesPort: number): string {
  const container = {
    name: 'vitalgate',
    ports: [
      { name: 'gateway', containerPort: 8080 },
      { name: 'probes', containerPort: probesPort },
    ],
    // Up to a minute to start; after that the other two take over.
    startupProbe: { ...get('/startupz'), periodSeconds: 2, failureThreshold: 30 },
    // The thread that answers says so when the main loop has been blocked for 30 s.
    livenessProbe: { ...get('/livez'), periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 },
    readinessProbe: { ...get('/readyz'), periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
  };
  const patch = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'vitalgate' },
    spec: {
      template: {
        metadata: {
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(probesPort),
            'prometheus.io/path': '/metrics',
          },
        },
        spec: {
          // Longer than server.drainTimeout, so that running streams end by themselves.
          terminationGracePeriodSeconds: 40,
          containers: [container],
        },
      },
    },
  };
  return stringify(patch);
}
