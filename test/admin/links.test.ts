import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { BrowserLike } from '../harness/browser-like.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const PASSWORD = 'eleven calm herons';
const HOUR_MS = 3_600_000;

const clock = new ShiftedClock();
let gateway: TestGateway;
let owner: ApiClient;

beforeAll(async () => {
  gateway = await sharedGateway({
    clock,
    config: `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
console: { url: "https://console.example" }
`,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
});
afterAll(() => gateway.stop());

const accept = (token: string) =>
  createClient({
    baseUrl: gateway.addresses.admin,
    fetch: new BrowserLike(gateway.addresses.admin).fetch,
  }).call('POST /api/invitations/accept', { body: { token, password: PASSWORD } });

const tokenIn = (link: string): string => new URL(link).hash.replace('#token=', '');

async function invited(email: string) {
  const body = { email, name: 'Somebody', role: 'viewer' } as const;
  return owner.call('POST /api/users', { body });
}

describe('K10: a link that lets somebody in', () => {
  it('names the console, whatever host is asked for, and has its secret where no server sees it', async () => {
    const body = JSON.stringify({ email: 'a@example.com', name: 'A', role: 'viewer' });
    const asked = request(`${gateway.addresses.admin}/api/users`, {
      method: 'POST',
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'content-type': 'application/json',
        authorization: `Bearer ${TOKEN}`,
      },
    }).end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const { link } = (await json(answer)) as { link: string };
    const { origin, search, hash } = new URL(link);
    expect([answer.statusCode, origin, search]).toEqual([201, 'https://console.example', '']);
    expect(hash).toMatch(/^#token=[\w-]{32,}$/);
  });

  it('is for the one it was made for, once', async () => {
    const first = await invited('b@example.com');
    const second = await invited('c@example.com');
    expect(await accept(tokenIn(first.link))).toMatchObject({ email: 'b@example.com' });
    await expect(accept(tokenIn(first.link))).rejects.toMatchObject({ code: 'link_invalid' });
    expect(await accept(tokenIn(second.link))).toMatchObject({ email: 'c@example.com' });
    await expect(accept('x'.repeat(43))).rejects.toMatchObject({ code: 'link_invalid' });
  });

  it('to a new password holds for an hour, and a new one ends the one before', async () => {
    const { user, link } = await invited('d@example.com');
    await accept(tokenIn(link));
    const params = { id: user.id };
    const before = await owner.call('POST /api/users/{id}/reset', { params });
    const after = await owner.call('POST /api/users/{id}/reset', { params });
    expect(Date.parse(after.expiresAt) - clock.wall()).toBeLessThanOrEqual(HOUR_MS);
    await expect(accept(tokenIn(before.link))).rejects.toMatchObject({ code: 'link_invalid' });
    clock.forward(HOUR_MS + 1000);
    await expect(accept(tokenIn(after.link))).rejects.toMatchObject({ code: 'link_invalid' });
    const log = gateway.logged.join('\n');
    for (const one of [link, before.link, after.link]) expect(log).not.toContain(tokenIn(one));
  });
});

describe('K11: the console', () => {
  it('is shown in nobody’s frame', async () => {
    for (const path of ['/', '/sign-in', '/api/session']) {
      const { headers } = await fetch(gateway.addresses.admin + path);
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        expect.stringContaining("frame-ancestors 'none'"),
      ]);
      expect([path, headers.get('cross-origin-opener-policy')]).toEqual([path, 'same-origin']);
    }
  });

  it('hands no window that it opens a way back', () => {
    const folder = 'packages/console/src';
    const opening = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.tsx'))
      .flatMap(
        (file) => readFileSync(`${folder}/${file}`, 'utf8').match(/<a [^>]*_blank[^>]*>/g) ?? [],
      );
    expect(opening.length).toBeGreaterThan(0);
    expect(opening.filter((one) => !/rel="[^"]*no(?:referrer|opener)/.test(one))).toEqual([]);
  });
});
