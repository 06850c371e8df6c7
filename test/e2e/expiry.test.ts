import { createClient } from '@vitalgate/contract/api/client';
import { expect, it } from 'vitest';
import { chatConfig, post, testGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerWell, Upstream } from '../harness/upstream.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const DAY_MS = 86_400_000;

/** The same instant as a clock on the wall shows it so many minutes east of Greenwich. */
function eastward(at: number, minutes: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = [hours, rest].map((one) => String(one).padStart(2, '0')).join(':');
  return new Date(at + minutes * 60_000).toISOString().replace('Z', sign + offset);
}

it('B14: a key ends at its millisecond, whatever the zone it is written in', async () => {
  const clock = new ShiftedClock();
  clock.stop();
  const at = clock.wall() + 10_000;
  const day = new Date(clock.wall() + 2 * DAY_MS).toISOString().slice(0, 10);
  const written = {
    utc: new Date(at).toISOString(),
    east: eastward(at, 330),
    west: eastward(at, -660),
    day,
    far: '9999-12-31T23:59:59Z',
    before1970: '1969-12-31',
  };
  const keys = Object.entries(written).map(
    ([name, expires]) => `  - { name: ${name}, secret: key-of-${name}, expires: ${expires} }\n`,
  );
  const upstream = await Upstream.start('only', answerWell);
  const gateway = await testGateway({
    clock,
    config: chatConfig('openai-chat', [upstream]).replace('keys:\n', `keys:\n${keys.join('')}`),
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  const owner = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN });
  const body = { name: 'made', expiresAt: new Date(at).toISOString() };
  const { secret } = await owner.call('POST /api/keys', { body });

  const statusOf = async (key: string): Promise<number> => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await post(gateway.url, '/v1/chat/completions', { model: 'chat' }, headers);
    await answer.text();
    return answer.status;
  };
  const all = async () => ({
    made: await statusOf(secret),
    ...Object.fromEntries(
      await Promise.all(
        Object.keys(written).map(async (name) => [name, await statusOf(`key-of-${name}`)] as const),
      ),
    ),
  });
  const live = { made: 200, utc: 200, east: 200, west: 200, day: 200, far: 200, before1970: 401 };
  expect(await all()).toEqual(live);
  clock.forward(at - 1 - clock.wall());
  expect(await all()).toEqual(live);
  clock.forward(1);
  const over = { ...live, made: 401, utc: 401, east: 401, west: 401 };
  expect(await all()).toEqual(over);
  // A day begins in Greenwich.
  clock.forward(Date.parse(`${day}T00:00:00Z`) - 1 - clock.wall());
  expect(await all()).toEqual(over);
  clock.forward(1);
  expect(await all()).toEqual({ ...over, day: 401 });
});
