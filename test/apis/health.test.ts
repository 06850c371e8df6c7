import { expect, it } from 'vitest';
import { KEY, testGateway } from '../harness/gateway.ts';
import { httpUpstream } from './upstream.ts';

const asClient = { authorization: `Bearer ${KEY}` };

it('reads what an upstream tells of itself, rests it by that alone and takes it back', async () => {
  const says = { status: 'UP' };
  const sick = await httpUpstream((request, response) => {
    const isHealth = request.url === '/base/actuator/health';
    // 200 with a body that says otherwise: the worse of the two counts.
    response.end(isHealth ? JSON.stringify(says) : 'sick');
  });
  const well = await httpUpstream((_request, response) => response.end('well'));
  const gateway = await testGateway({
    config: `
apis:
  - name: orders
    path: /orders
    private: true
    upstreams: [{ url: "${sick.url}/base", name: a, weight: 1000 }, { url: "${well.url}", name: b }]
    health: { path: /actuator/health, interval: 50ms, timeout: 1s, fall: 2, rise: 1 }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
  const state = async () => {
    const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    return /target_state\{target="orders\/a",state="(\w+)"\} 1/.exec(metrics)?.[1];
  };
  const served = async () =>
    (await fetch(`${gateway.url}/orders`, { headers: asClient })).headers.get('x-vitalgate-target');

  await expect.poll(state).toBe('serving');
  says.status = 'OUT_OF_SERVICE';
  await expect.poll(state).toBe('resting');
  for (let i = 0; i < 5; i += 1) expect(await served()).toBe('orders/b');
  says.status = 'UP';
  // A probe has seen the trouble, so a probe may end the rest; the next request is the trial.
  await expect.poll(served, { timeout: 10_000 }).toBe('orders/a');
  await expect.poll(state, { timeout: 10_000 }).toBe('serving');
});

it('asks others first for the pages an upstream says it cannot serve, and it for all else', async () => {
  const says = {
    status: 'fail',
    checks: {
      reports: [{ status: 'fail', affectedEndpoints: ['/base/orders/reports/{id}'] }],
      shop: [{ status: 'pass' }],
    },
  };
  const partly = await httpUpstream((request, response) => {
    response.setHeader('content-type', 'application/health+json');
    if (request.url === '/base/health') response.writeHead(503).end(JSON.stringify(says));
    else response.end('partly');
  });
  const well = await httpUpstream((_request, response) => response.end('well'));
  const gateway = await testGateway({
    config: `
apis:
  - name: orders
    path: /orders
    private: true
    upstreams: [{ url: "${partly.url}/base", name: a, weight: 1000 }, { url: "${well.url}", name: b }]
    health: { path: /health, interval: 50ms, timeout: 1s }
keys: [{ name: client, secret: ${KEY} }]
`,
    environment: { VITALGATE_ADMIN_TOKEN: 'x'.repeat(32) },
  });
  const served = async (path: string) =>
    (await fetch(gateway.url + path, { headers: asClient })).headers.get('x-vitalgate-target');
  for (let i = 0; i < 5; i += 1) {
    expect(await served('/orders/reports/7/pages')).toBe('orders/b');
    expect(await served('/orders/reports')).toBe('orders/a');
    expect(await served('/orders/7')).toBe('orders/a');
  }
  const health = async (headers: Record<string, string>) =>
    (await fetch(`${gateway.url}/health/apis/orders?format=health%2Bjson`, { headers })).json();
  expect(await health(asClient)).toMatchObject({ status: 'warn' });
  expect(JSON.stringify(await health({ authorization: `Bearer ${'x'.repeat(32)}` }))).toContain(
    '"affectedEndpoints":["/base/orders/reports/{id}"]',
  );

  says.status = 'pass';
  says.checks.reports = [{ status: 'pass', affectedEndpoints: [] }];
  await expect.poll(() => served('/orders/reports/7')).toBe('orders/a');
});
