/**
 * `/health`, `/health/live`, `/health/ready` and `/health/started` of a shop on Next.js. For
 * `/livez` and the like, `rewrites` in next.config.ts lead here: `{ source: '/livez', destination:
 * '/health/live' }`.
 */
import { check, createHealth } from '@vitalgate/health';
import { http } from '@vitalgate/health/check/http';
import { loop } from '@vitalgate/health/check/loop';
import { formats } from '@vitalgate/health/report/formats';
import { fetchHealth } from '@vitalgate/health/serve/fetch';

const ordersUrl = process.env['ORDERS_URL'] ?? 'http://127.0.0.1:9001/livez';

const health = createHealth({ name: 'shop', version: '1.2.3' });
health.liveness.add(check('loop', { scope: 'local', run: loop() }));
health.readiness.add(check('orders', { scope: 'shared', run: http({ url: ordersUrl }) }));
const answer = fetchHealth(health, { formats });
// With NEXT_MANUAL_SIG_HANDLE=true Next.js leaves the signal, and the end of the process, to you.
process.once('SIGTERM', () => void health.drain().then(() => process.exit()));

export async function GET(request: Request): Promise<Response> {
  return (await answer(request)) ?? new Response(null, { status: 404 });
}
// Next.js has answers of its own to these, which know nothing of health.
export { GET as HEAD, GET as OPTIONS };
