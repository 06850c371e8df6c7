import { DatabaseSync } from 'node:sqlite';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { TOTP } from 'otpauth';
import { expect, it } from 'vitest';
import { BrowserLike } from '../harness/browser-like.ts';
import { testGateway, type TestGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';

const EMAIL = 'owner@example.com';
const PASSWORD = 'seven small turtles swim';
const config = `providers: [{ name: toy, dialect: simulator }]
models: [{ name: chat, targets: [{ provider: toy, model: toy-1 }] }]
`;

function pageOf({ addresses }: Pick<TestGateway, 'addresses'>): ApiClient {
  const browser = new BrowserLike(addresses.admin);
  return createClient({ baseUrl: addresses.admin, fetch: browser.fetch });
}

const signIn = ({ call }: ApiClient, code?: string) =>
  call('POST /api/session', {
    body: { email: EMAIL, password: PASSWORD, ...(code !== undefined && { code }) },
  });

it('asks for codes of an authenticator, each good once, and takes recovery codes in their place', async () => {
  const clock = new ShiftedClock();
  const gateway = await testGateway({ config, clock });
  const page = pageOf(gateway);
  const token = new URL(gateway.setUpLink ?? '').searchParams.get('token') ?? '';
  await page.call('POST /api/setup', {
    body: { token, name: 'Ada', email: EMAIL, password: PASSWORD },
  });
  await expect(
    page.call('POST /api/me/totp', { body: { password: 'not the password' } }),
  ).rejects.toMatchObject({ code: 'sign_in_failed' });
  const { secret, uri } = await page.call('POST /api/me/totp', { body: { password: PASSWORD } });
  expect(uri).toMatch(/^otpauth:\/\/totp\/Vitalgate:owner%40example\.com\?/);
  const codeNow = () => new TOTP({ secret }).generate({ timestamp: clock.wall() });
  await expect(
    page.call('POST /api/me/totp/confirm', { body: { code: '000000' } }),
  ).rejects.toMatchObject({ code: 'sign_in_failed' });
  // Nothing is asked for before the app has shown that it has the secret.
  expect(await signIn(pageOf(gateway))).toMatchObject({ secondFactor: false });
  const first = codeNow();
  const { recoveryCodes } = await page.call('POST /api/me/totp/confirm', { body: { code: first } });
  expect(new Set(recoveryCodes).size).toBe(10);
  expect(await page.call('GET /api/session')).toMatchObject({ secondFactor: true });

  const other = pageOf(gateway);
  await expect(signIn(other)).rejects.toMatchObject({ code: 'second_factor_required' });
  // It was used to confirm.
  await expect(signIn(other, first)).rejects.toMatchObject({ code: 'sign_in_failed' });
  clock.forward(30_000);
  const next = codeNow();
  await expect(signIn(other, next)).resolves.toMatchObject({ secondFactor: true });
  await expect(signIn(pageOf(gateway), next)).rejects.toMatchObject({ code: 'sign_in_failed' });
  const [recovery = ''] = recoveryCodes;
  await signIn(pageOf(gateway), recovery.toLowerCase().replaceAll('-', ' '));
  await expect(signIn(pageOf(gateway), recovery)).rejects.toMatchObject({ code: 'sign_in_failed' });

  // Neither secret nor codes are in the database as they are.
  const database = new DatabaseSync(gateway.databasePath, { readOnly: true });
  const kept = JSON.stringify(
    ['secrets', 'recovery_codes', 'audit'].map((table) =>
      database.prepare(`SELECT * FROM ${table}`).all(),
    ),
  );
  database.close();
  for (const text of [secret, ...recoveryCodes, next]) expect(kept).not.toContain(text);
  // Nor can what is made in the console refer to it, and send it somewhere.
  const { id } = await page.call('GET /api/session');
  await expect(
    page.call('POST /api/configuration/validate', {
      body: {
        text: `providers:\n  - { name: x, dialect: ollama, baseUrl: "http://example.com", credentials: [{ name: a, value: "\${secret:people/${id}/authenticator}" }] }\n`,
      },
    }),
  ).resolves.toMatchObject({ mistakes: [{ line: 2 }] });

  // Guessing gets slower and slower, the right code included.
  const guesser = pageOf(gateway);
  await expect(async () => {
    for (let i = 0; i < 10; i += 1) {
      const guess = signIn(guesser, String(i).padStart(6, '0'));
      await guess.catch((error: { code: string }) => {
        if (error.code !== 'sign_in_failed') throw error;
      });
    }
  }).rejects.toMatchObject({ code: 'too_many_attempts' });
  clock.forward(3_700_000);
  await page.call('DELETE /api/session').catch(() => undefined);
  await signIn(page, codeNow());

  // A link stands in for the password, and not for the code.
  const links = await page.call('POST /api/users/{id}/reset', { params: { id } });
  const link = new URL(links.link).hash.replace('#token=', '');
  await expect(
    pageOf(gateway).call('POST /api/invitations/accept', {
      body: { token: link, password: PASSWORD },
    }),
  ).rejects.toMatchObject({ code: 'second_factor_required' });

  clock.forward(60_000);
  await signIn(page, codeNow());
  clock.forward(60_000);
  await page.call('DELETE /api/me/totp', { body: { code: codeNow() } });
  expect(await signIn(pageOf(gateway))).toMatchObject({ secondFactor: false });
  // Out everywhere: no session of theirs is good any more.
  const [one, two] = [pageOf(gateway), pageOf(gateway)];
  await signIn(one);
  await signIn(two);
  await one.call('DELETE /api/sessions');
  for (const anywhere of [one, two, page]) {
    await expect(anywhere.call('GET /api/session')).rejects.toMatchObject({
      code: 'not_signed_in',
    });
  }
});
