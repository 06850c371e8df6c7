import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable, type RouteEntry } from '../../packages/gateway/src/server/routes.ts';
import { KEY, ledgerOf, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { codeOf, type Refusal } from '../harness/refusal.ts';
import { asking, everyDialect, saying } from '../harness/speaker.ts';
import { answerJson, Upstream } from '../harness/upstream.ts';

/**
 * Every control × every route × streamed or not. Made from the table of routes: a new one is in
 * here by itself, and fails until every control holds on it or says why it cannot.
 */

const CARD = '4111 1111 1111 1111';
const CANARY = 'canary-credential-5up3r-s3cret';

interface Case {
  readonly method: string;
  readonly template: string;
  readonly path: string;
  readonly dialect: NonNullable<RouteEntry['dialect']>;
  readonly operation: RouteEntry['operation'];
  readonly stream: boolean;
}

const cases: readonly Case[] = routeTable.flatMap((entry) => {
  const { method, path, dialect = 'openai-chat', operation, streamed } = entry;
  const talks = operation === 'chat' || operation === 'completions';
  const streams = streamed === undefined && talks ? [false, true] : [streamed ?? false];
  return streams.map((stream) => ({
    method,
    template: path,
    path: path.replace('{model}', 'chat'),
    dialect,
    operation,
    stream,
  }));
});

const well = saying(() => ({ pieces: ['all ', 'is ', 'well'] }));

let upstream: Upstream;
let gateway: TestGateway;
let logged: readonly string[];

beforeAll(async () => {
  upstream = await Upstream.shared('any', well);
  const keys = cases.flatMap((_one, i) => [
    `  - { name: limited-${i}, secret: key-of-limited-${i}, limits: [{ requests: 1, per: 1h }] }`,
    `  - { name: broke-${i}, secret: key-of-broke-${i}, limits: [{ cost: 0.000001, per: day }] }`,
    `  - { name: known-${i}, secret: key-of-known-${i} }`,
  ]);
  gateway = await sharedGateway({
    config: everyDialect(
      upstream.url,
      `health: { fall: 100 }
guardrails:
  - { name: no-cards, on: request, detect: card, action: block, appliesTo: named }
  - { name: no-cards-out, on: answer, detect: card, action: block, appliesTo: named }
keys:
  - { name: client, secret: ${KEY} }
  - { name: elsewhere, secret: key-of-elsewhere, ips: [10.0.0.0/8] }
  - { name: guarded, secret: key-of-guarded, guardrails: [no-cards] }
  - { name: listening, secret: key-of-listening, guardrails: [no-cards-out] }
${keys.join('\n')}
`,
    )
      .replaceAll(/value: of-[\w-]+/g, `value: ${CANARY}`)
      .replaceAll('private: true', 'private: true, prices: { "*": { input: 100, output: 100 } }'),
  });
  logged = gateway.logged;
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const ask = (
  { method, path, dialect, operation, stream }: Case,
  key: string | undefined,
  text = 'hello',
) =>
  fetch(gateway.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    ...(method === 'POST'
      ? { body: JSON.stringify(asking(dialect, operation, text, stream)) }
      : {}),
  });

const codeIn = async (answer: Response) => codeOf((await answer.json()) as Refusal);

/** One control: where it does not hold, and why; and how one sees that it does. */
interface Control {
  readonly name: string;
  readonly exempt: Readonly<Partial<Record<RouteEntry['operation'], string>>>;
  holds(one: Case, index: number): Promise<void>;
}

const noBody = 'a GET without a body';
const noText = 'its answer has no text';

const controls: readonly Control[] = [
  {
    name: 'key',
    exempt: {},
    async holds(one) {
      const answer = await ask(one, undefined);
      expect([answer.status, await codeIn(answer)]).toEqual([401, 'missing_key']);
      expect(upstream.calls).toEqual([]);
    },
  },
  {
    name: 'network',
    exempt: {},
    async holds(one) {
      const answer = await ask(one, 'key-of-elsewhere');
      expect([answer.status, await codeIn(answer)]).toEqual([403, 'network_denied']);
      expect(upstream.calls).toEqual([]);
    },
  },
  {
    name: 'limit',
    exempt: {},
    async holds(one, i) {
      const key = `key-of-limited-${i}`;
      const first = await ask(one, key);
      await first.arrayBuffer();
      expect(first.headers.get('ratelimit')).toContain('"requests"');
      const second = await ask(one, key);
      expect([second.status, await codeIn(second)]).toEqual([429, 'rate_limited']);
    },
  },
  {
    name: 'budget',
    exempt: { models: noBody, 'count-tokens': 'providers count for nothing' },
    async holds(one, i) {
      // What the first is expected to cost is more than there is, so it spends all of it.
      const key = `key-of-broke-${i}`;
      await (await ask(one, key)).arrayBuffer();
      const second = await ask(one, key);
      expect([second.status, await codeIn(second)]).toEqual([429, 'budget_exhausted']);
    },
  },
  {
    name: 'validation',
    exempt: { models: noBody },
    async holds(one) {
      const answer = await ask(one, KEY, 7 as unknown as string);
      const body = await answer.text();
      expect([answer.status, codeOf(JSON.parse(body) as Refusal)]).toEqual([
        400,
        'invalid_request',
      ]);
      expect(body).toMatch(/found 7, expected a string/);
      expect(upstream.calls).toEqual([]);
    },
  },
  {
    name: 'guardrail on requests',
    exempt: { models: noBody },
    async holds(one) {
      const answer = await ask(one, 'key-of-guarded', `pay with ${CARD}`);
      expect([answer.status, await codeIn(answer)]).toEqual([400, 'guardrail_blocked']);
      expect(upstream.calls).toEqual([]);
    },
  },
  {
    name: 'guardrail on answers',
    exempt: { models: noBody, embedding: noText, embeddings: noText, 'count-tokens': noText },
    async holds(one) {
      upstream.script = saying(() => ({ pieces: ['pay with 4111 1111', ' 1111 1111'] }));
      const answer = await ask(one, 'key-of-listening');
      expect([answer.status, await codeIn(answer)]).toEqual([400, 'guardrail_blocked']);
    },
  },
  {
    name: 'ledger',
    exempt: { models: 'nothing is asked of a model' },
    async holds(one, i) {
      const answer = await ask(one, `key-of-known-${i}`);
      const id = answer.headers.get('x-request-id');
      await answer.arrayBuffer();
      owed.push([
        id ?? '',
        { key_id: `file:known-${i}`, status: answer.status, operation: one.operation },
      ]);
    },
  },
  {
    name: 'health',
    exempt: { models: noBody },
    async holds(one) {
      // Failures in a row would rest the target, and the next route is asked for it too.
      await (await ask(one, KEY)).arrayBuffer();
      upstream.script = (_received, response) => answerJson(response, 500, { error: 'broken' });
      const answer = await ask(one, KEY);
      expect([answer.status, await codeIn(answer)]).toEqual([502, 'upstream_error']);
      const metrics = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
      expect(metrics).toMatch(
        /vitalgate_attempts_failed_total\{target="[\w-]+\/m",fault="provider",reason="http_500"\} \d/,
      );
    },
  },
  {
    name: 'redaction of secrets',
    exempt: { models: noBody },
    async holds(one) {
      upstream.script = (received, response) =>
        answerJson(response, 401, {
          error: { message: `bad key ${JSON.stringify(received.headers)}` },
        });
      const answer = await ask(one, KEY);
      const body = await answer.text();
      expect(body + logged.join('')).not.toContain(CANARY);
      expect(body + logged.join('')).not.toContain(KEY);
    },
  },
];

/** Rows the ledger must have when all is over, by request. */
const owed: [id: string, row: Readonly<Record<string, unknown>>][] = [];

const matrix = controls.flatMap((control) =>
  cases
    .map((one, index) => ({ control, one, index }))
    .filter(({ one: { operation } }) => control.exempt[operation] === undefined),
);

describe('every control × every route × stream', () => {
  it.each(
    matrix.map((cell) => ({
      ...cell,
      name: cell.control.name,
      path: cell.one.template,
      stream: cell.one.stream,
    })),
  )('$name: $path stream $stream', async ({ control, one, index }) => {
    upstream.script = well;
    upstream.received.length = 0;
    await expect(control.holds(one, index)).resolves.toBeUndefined();
  });

  it('exempts nothing that talks', () => {
    for (const { exempt } of controls) {
      expect(Object.keys(exempt)).not.toContain('chat');
      expect(Object.keys(exempt)).not.toContain('completions');
    }
  });

  it('has written down every request of a key', async () => {
    const missing = () => {
      const rows = new Map(ledgerOf(gateway.databasePath).map((row) => [row['id'], row]));
      return owed.filter(([id]) => !rows.has(id));
    };
    // A thread writes rows in batches.
    await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
    const rows = new Map(ledgerOf(gateway.databasePath).map((row) => [row['id'], row]));
    for (const [id, row] of owed) expect(rows.get(id)).toMatchObject(row);
    expect(owed.length).toBeGreaterThan(20);
  });
});
