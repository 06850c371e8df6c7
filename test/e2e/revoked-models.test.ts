/** A key that is revoked, or may do less, while models answer what it has asked before. */
import { expect, it } from 'vitest';
import { KEY, ledgerOf, temporaryFolder, testGateway, writeConfig } from '../harness/gateway.ts';
import { asked as cases, saysHalf, type Asked } from '../harness/half-said.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { asking, everyDialect } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

const END =
  /\[DONE\]|"message_stop"|response\.completed|"done":true|messageStop|"finishReason":"STOP"/;

const client = (more = '') => `  - { name: client, secret: ${KEY}${more} }`;

it.each([
  ['revoked', '', 401, 'invalid_key', 'the key was revoked'],
  ['kept from the model', client(', models: [other]'), 403, 'model_denied', 'may not use this'],
  ['kept from the network', client(', ips: [192.0.2.0/24]'), 403, 'network_denied', 'any more'],
])('%s: what it has asked ends, on every route, and is told so', async (...row) => {
  const [, next, status, code, why] = row;
  const goOn = Promise.withResolvers<void>();
  const upstream = await Upstream.start('any', saysHalf(goOn.promise));
  const folder = temporaryFolder();
  const config = (keys: string) =>
    everyDialect(upstream.url, `keys:\n  - { name: stays, secret: a-key-that-stays }\n${keys}\n`)
      .replaceAll('private: true', 'private: true, prices: { "*": { input: 100, output: 100 } }')
      .replace(
        'models:\n',
        'models:\n  - { name: other, targets: [{ provider: gemini, model: m }] }\n',
      );
  const gateway = await testGateway({ config: config(client()), folder });
  const ask = async ({ path, dialect, operation, stream }: Asked, key: string) => {
    const answering = fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(asking(dialect, operation, `said with ${key}`, stream)),
    });
    // The head of a stream comes with its first words.
    if (stream) expect((await answering).status).toBe(200);
    return { path, dialect, stream, answering };
  };
  const begun = await Promise.all(cases.map((one) => ask(one, KEY)));
  const of = cases.find(({ stream }) => stream);
  if (of === undefined) expect.unreachable('no route streams');
  const other = await ask(of, 'a-key-that-stays');
  const askedFor = () => upstream.calls.filter(({ body }) => body.includes(KEY));
  await expect
    .poll(() => askedFor().length, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(cases.length);

  writeConfig(folder, config(next));
  await gateway.reload();
  for (const { path, dialect, stream, answering } of begun) {
    const answer = await answering;
    const body = Buffer.from(await answer.arrayBuffer()).toString('latin1');
    const told = {
      path,
      stream,
      status: answer.status,
      ...(!stream && { code: codeOf(JSON.parse(body) as Refusal) }),
    };
    expect(told).toEqual({ path, stream, status: stream ? 200 : status, ...(!stream && { code }) });
    expect(body).toContain(why);
    if (stream) {
      expect(body).toContain('well begun');
      // Bedrock's exceptions have no place for a code of ours.
      if (dialect !== 'bedrock') expect(body).toContain(code);
      expect(body).not.toMatch(END);
    }
  }
  await Promise.all(askedFor().map(({ left }) => left));
  goOn.resolve();
  expect(await (await other.answering).text()).toMatch(END);

  await gateway.stop();
  const rows = ledgerOf(gateway.databasePath).filter(({ key_id }) => key_id === 'file:client');
  expect(rows).toHaveLength(cases.length);
  for (const row of rows) {
    expect(row).toMatchObject({ outcome: 'refused', reason: code });
    // Its provider was asked, and takes its price.
    if (row['operation'] !== 'count-tokens') {
      expect(row).toMatchObject({ cost: expect.any(Number), is_estimated: 1 });
      expect(row['cost']).toBeGreaterThan(0);
    }
  }
});
