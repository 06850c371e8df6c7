/** MB8: a start with a secret that protects nothing. */
import { expect, it } from 'vitest';
import { temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';

const key = (secret: string) => `keys: [{ name: client, secret: ${secret} }]`;

it.each<[what: string, environment: Record<string, string>, config: string, told: RegExp]>([
  ['an admin token of nothing', { VITALGATE_ADMIN_TOKEN: '' }, '', /VITALGATE_ADMIN_TOKEN of 0/],
  ['a short admin token', { VITALGATE_ADMIN_TOKEN: 'x'.repeat(31) }, '', /of 31 characters/],
  ['a key for secrets of nothing', { VITALGATE_SECRET_KEY: '' }, '', /VITALGATE_SECRET_KEY of 0/],
  ['a short key for secrets', { VITALGATE_SECRET_KEY: 'short' }, '', /VITALGATE_SECRET_KEY of 5/],
  ['a client’s secret of nothing', {}, key('""'), /keys\.0\.secret/],
  ['a client’s short secret', {}, key('abc'), /keys\.0\.secret/],
  ['a client’s secret that is not there', {}, key('"${NOT_SET}"'), /NOT_SET/],
  ['a client’s secret that is empty', { EMPTY: '' }, key('"${EMPTY}"'), /EMPTY|keys\.0\.secret/],
  [
    'a webhook that anybody could sign for',
    {},
    'alertChannels: [{ name: hook, kind: webhook, webhookUrl: "https://hook.example", secret: "" }]',
    /alertChannels\.0\.secret/,
  ],
])('%s is refused before anything listens', async (_what, environment, config, told) => {
  const file = writeConfig(temporaryFolder(), config);
  const { code, stdout, stderr } = await vitalgate(['start', '--config', file], environment).ended;
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(told);
  expect(stderr).not.toMatch(/\n\s+at /);
});
