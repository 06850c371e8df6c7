import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { endpoints } from '@vitalgate/contract/api';
import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/gateway/src/server/routes.ts';
import { chatConfig, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { answerJson, answerWell, Upstream, type Received } from '../harness/upstream.ts';
import { listen } from '../health/servers.ts';

const TOKEN = 'an-admin-token-of-32-characters-or-more';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const PASSWORD = 'the-password-of-the-mail-server';

const dear = `  - name: dear
    targets: [{ provider: sick, model: dear, price: { input: 1000, output: 100000 } }]
`;

const clock = new ShiftedClock();
const mails: string[] = [];
let gateway: TestGateway;
let call: ApiClient['call'];
let sick: Upstream;
let receiver: Upstream;
let status = 200;
let smtp: SMTPServer;

beforeAll(async () => {
  sick = await Upstream.shared('sick', answerWell);
  receiver = await Upstream.shared('receiver', (_received, response) =>
    answerJson(response, status, {}),
  );
  smtp = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      done(password === PASSWORD ? null : new Error('no'), { user: username }),
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  const listening = smtp.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  gateway = await sharedGateway({
    config: `health: { fall: 1, rest: 1m, maxRest: 1m }\n${chatConfig('openai-chat', [
      sick,
    ]).replace(
      'keys:',
      `${dear}keys:
  - { name: spender, secret: the-key-of-a-spender, limits: [{ cost: 2, unit: USD, per: 1d }] }`,
    )}`,
    clock,
    environment: { VITALGATE_ADMIN_TOKEN: TOKEN },
  });
  ({ call } = createClient({ baseUrl: gateway.addresses.admin, token: TOKEN }));
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([
    sick.close(),
    receiver.close(),
    new Promise<void>((done) => {
      smtp.close(done);
    }),
  ]);
});

const url = (path: string) => `${receiver.url}${path}`;
const at = (path: string): Received[] => receiver.received.filter((one) => one.path === path);
const bodyOf = (received: Received | undefined) =>
  JSON.parse(received?.body.toString() ?? 'null') as Record<string, unknown>;
const add = (name: string, kind: string, settings: object) =>
  call('POST /api/alerts/channels', {
    body: { name, kind: kind as 'slack', settings: { private: true, ...settings } },
  });
const change = (name: string, kind: string, settings: object, ifMatch: string) =>
  call('PATCH /api/alerts/channels/{name}', {
    params: { name },
    body: { kind: kind as 'slack', settings: { private: true, ...settings } },
    ifMatch,
  });
/** Makes it, or changes it as it is by now. */
const put = async (name: string, kind: string, settings: object) => {
  const { items } = await call('GET /api/alerts/channels');
  const made = items.find((one) => one.name === name);
  return made === undefined
    ? add(name, kind, settings)
    : change(name, kind, settings, made.version);
};
const often = { timeout: 10_000, interval: 50 };

describe('channels', () => {
  it('are made with secrets that nobody can read back', async () => {
    const { port } = (smtp.server.address() ?? { port: 0 }) as AddressInfo;
    const made = [
      await put('chat', 'slack', { webhookUrl: url('/slack?token=hush-hush') }),
      await put('hook', 'webhook', { webhookUrl: url('/hook'), secret: SECRET }),
      await put('pager', 'pagerduty', { routingKey: 'routing-key-of-ours', url: url('/pager') }),
      await put('mail', 'email', {
        host: '127.0.0.1',
        port,
        security: 'none',
        user: 'us',
        password: PASSWORD,
        from: 'gate@example.com',
        to: ['ops@example.com'],
      }),
    ];
    const seen = JSON.stringify([
      made,
      await call('GET /api/alerts/channels'),
      await call('GET /api/configuration'),
      await call('GET /api/audit'),
      gateway.logged,
    ]);
    for (const secret of ['hush-hush', SECRET, 'routing-key-of-ours', PASSWORD]) {
      expect([secret, seen.includes(secret)]).toEqual([secret, false]);
    }
    expect(made.map(({ to }) => to)).toEqual([
      new URL(receiver.url).host,
      new URL(receiver.url).host,
      new URL(receiver.url).host,
      'ops@example.com',
    ]);
  });

  it('are tried with a button, each in its own words', async () => {
    for (const name of ['chat', 'hook', 'pager', 'mail']) {
      const sent = await call('POST /api/alerts/channels/{name}/test', { params: { name } });
      expect(sent).toMatchObject({
        channel: name,
        event: 'test',
        state: 'delivered',
        problem: null,
      });
    }
    expect(bodyOf(at('/slack?token=hush-hush')[0])).toEqual({
      text: expect.stringContaining('Nothing is wrong') as unknown,
    });
    const [signed] = at('/hook');
    const headers = signed?.headers as Record<string, string>;
    // Of this machine's time: the library refuses what is older than five minutes.
    expect(new Webhook(SECRET).verify(signed?.body.toString() ?? '', headers)).toMatchObject({
      type: 'alert.test',
    });
    expect(() => new Webhook(SECRET).verify('{}', headers)).toThrow(/signature/i);
    const [trigger, resolve] = at('/pager').map(bodyOf);
    expect(trigger).toMatchObject({ event_action: 'trigger', routing_key: 'routing-key-of-ours' });
    expect(resolve).toMatchObject({ event_action: 'resolve', dedup_key: trigger?.['dedup_key'] });
    expect(mails[0]).toMatch(/^Subject: .*test/im);
    receiver.received.length = 0;
    mails.length = 0;
  });

  it('MB9: sign what they say with a secret that is one, for one time', async () => {
    for (const secret of ['', 'whsec_', `whsec_${Buffer.alloc(8).toString('base64')}`]) {
      await expect(
        put('unsigned', 'webhook', { webhookUrl: url('/hook'), secret }),
      ).rejects.toMatchObject({ problem: { errors: [{ path: 'body.settings.secret' }] } });
    }
    await expect(put('unsigned', 'webhook', { webhookUrl: url('/hook') })).rejects.toMatchObject({
      problem: { errors: [{ path: 'body.settings.secret' }] },
    });

    const params = { name: 'hook' };
    await call('POST /api/alerts/channels/{name}/test', { params });
    await call('POST /api/alerts/channels/{name}/test', { params });
    const [one, other] = at('/hook').map(({ headers, body }) => ({
      text: body.toString(),
      headers: headers as Record<string, string>,
    }));
    // A receiver that keeps the ids it has seen takes each once.
    expect(one?.headers['webhook-id']).not.toBe(other?.headers['webhook-id']);
    const takes = (fields: Record<string, string>, text = one?.text ?? '') =>
      new Webhook(SECRET).verify(text, { ...one?.headers, ...fields });
    expect(takes({})).toMatchObject({ type: 'alert.test' });
    const sentAt = Number(one?.headers['webhook-timestamp']);
    expect(() => takes({ 'webhook-timestamp': String(sentAt + 1) })).toThrow(/signature/i);
    expect(() => takes({ 'webhook-timestamp': String(sentAt - 3600) })).toThrow(/too old/i);
    expect(() => takes({ 'webhook-id': other?.headers['webhook-id'] ?? '' })).toThrow(/signature/i);
    expect(() => takes({}, `${one?.text} `)).toThrow(/signature/i);
    receiver.received.length = 0;
  });

  it('MB9: are the only webhooks there are: none comes in', () => {
    const paths = [...routeTable.map(({ path }) => path), ...Object.keys(endpoints)];
    expect(paths.filter((path) => /hook|callback|notif/i.test(path))).toEqual([
      // Where a person comes back to from single sign-on, with what was signed there for them.
      'GET /api/session/oidc/callback',
    ]);
  });

  it('keep their secret when changed, but for another place', async () => {
    const { port } = (smtp.server.address() ?? { port: 0 }) as AddressInfo;
    const settings = {
      host: '127.0.0.1',
      port,
      security: 'none',
      from: 'gate@example.com',
      user: 'us',
    };
    await put('mail', 'email', { ...settings, to: ['ops@example.com', 'more@example.com'] });
    const params = { name: 'mail' };
    expect(await call('POST /api/alerts/channels/{name}/test', { params })).toMatchObject({
      state: 'delivered',
    });
    mails.length = 0;
    await put('moved', 'email', { ...settings, password: PASSWORD, to: ['ops@example.com'] });
    await put('moved', 'email', { ...settings, port: port + 1, to: ['ops@example.com'] });
    await put('moved', 'email', { ...settings, to: ['ops@example.com'] });
    expect(
      await call('POST /api/alerts/channels/{name}/test', { params: { name: 'moved' } }),
    ).toMatchObject({ state: 'failed', problem: expect.stringContaining('EAUTH') as unknown });
    await call('DELETE /api/alerts/channels/{name}', { params: { name: 'moved' } });
  });

  it('MD8: take no secret along to another address, host or path', async () => {
    await put('moved', 'webhook', { webhookUrl: url('/one'), secret: SECRET });
    // Where the address is the same one, or left out, the secret may be left out as well.
    await put('moved', 'webhook', {});
    await put('moved', 'webhook', { webhookUrl: url('/one') });
    for (const webhookUrl of [url('/two'), 'https://example.com/one']) {
      await expect(put('moved', 'webhook', { webhookUrl })).rejects.toMatchObject({
        code: 'invalid_configuration',
        problem: { errors: [{ path: 'body.settings.secret' }] },
      });
    }
    await put('moved', 'webhook', { webhookUrl: url('/two'), secret: SECRET });
    const params = { name: 'moved' };
    await call('POST /api/alerts/channels/{name}/test', { params });
    expect([at('/one').length, at('/two').length]).toEqual([0, 1]);
    receiver.received.length = 0;

    await put('moved', 'pagerduty', { routingKey: 'routing-key-of-ours', url: url('/pager') });
    await put('moved', 'pagerduty', { url: url('/pager') });
    for (const settings of [{ url: url('/other') }, {}]) {
      await expect(put('moved', 'pagerduty', settings)).rejects.toMatchObject({
        problem: { errors: [{ path: 'body.settings.routingKey' }] },
      });
    }
    // A secret of one kind is not said in the words of another.
    await expect(put('moved', 'slack', {})).rejects.toMatchObject({
      problem: { errors: [{ path: 'body.settings.webhookUrl' }] },
    });
    await call('DELETE /api/alerts/channels/{name}', { params });
  });

  it('go through the outbound door: no address of this machine unless that is meant', async () => {
    await put('inside', 'slack', { webhookUrl: url('/inside'), private: false });
    await put('mail-inside', 'email', {
      host: '0x7f.1',
      port: 25,
      from: 'gate@example.com',
      to: ['ops@example.com'],
      private: false,
    });
    for (const name of ['inside', 'mail-inside']) {
      const sent = await call('POST /api/alerts/channels/{name}/test', { params: { name } });
      expect(sent.state).toBe('failed');
      await call('DELETE /api/alerts/channels/{name}', { params: { name } });
    }
    expect(at('/inside')).toEqual([]);
  });

  it('wait for no mail server that goes on talking', async () => {
    // It greets line after line, and never comes to the end of it.
    let greeted: () => void = () => {};
    const isGreeted = new Promise<void>((done) => (greeted = done));
    const endless = createServer((socket) => {
      const talking = setInterval(() => socket.write('250-and more\r\n'), 1000);
      socket.on('error', () => {}).on('close', () => clearInterval(talking));
      socket.on('data', greeted).write('220 hello\r\n');
      talking.unref();
    });
    const port = await listen(endless);
    const settings = { host: '127.0.0.1', port, security: 'none', from: 'gate@example.com' };
    await put('talker', 'email', { ...settings, to: ['ops@example.com'] });
    const asked = call('POST /api/alerts/channels/{name}/test', { params: { name: 'talker' } });
    await isGreeted;
    clock.forward(60_000);
    expect(await asked).toMatchObject({ state: 'failed' });
    await call('DELETE /api/alerts/channels/{name}', { params: { name: 'talker' } });
  });

  it('are not overwritten by who has read them before somebody else changed them', async () => {
    const made = await add('shared', 'webhook', { webhookUrl: url('/first'), secret: SECRET });
    await expect(
      add('shared', 'webhook', { webhookUrl: url('/thief'), secret: SECRET }),
    ).rejects.toMatchObject({ code: 'already_exists' });
    const bare = await fetch(`${gateway.addresses.admin}/api/alerts/channels/shared`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'webhook', settings: {} }),
    });
    expect([bare.status, await bare.json()]).toMatchObject([428, { code: 'version_required' }]);

    // Of two at one moment one is first; nothing that cannot be read back is lost to the other either.
    const both = ['/one', '/other'].map((path) =>
      change('shared', 'webhook', { webhookUrl: url(path), secret: SECRET }, made.version),
    );
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status: how }) => how).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status: how }) => how === 'rejected')).toMatchObject({
      reason: { code: 'version_changed' },
    });
    const won = outcomes[0]?.status === 'fulfilled' ? '/one' : '/other';
    const params = { name: 'shared' };
    await call('POST /api/alerts/channels/{name}/test', { params });
    expect(receiver.received.map(({ path }) => path)).toEqual([won]);
    receiver.received.length = 0;

    // What changes in a secret alone is a change.
    const { items } = await call('GET /api/alerts/channels');
    const version = items.find(({ name }) => name === 'shared')?.version ?? '';
    const same = { webhookUrl: url(won) };
    const later = await change('shared', 'webhook', { ...same, secret: OTHER_SECRET }, version);
    await expect(
      change('shared', 'webhook', { ...same, secret: SECRET }, version),
    ).rejects.toMatchObject({ code: 'version_changed' });
    await call('POST /api/alerts/channels/{name}/test', { params });
    const [sent] = at(won);
    expect(
      new Webhook(OTHER_SECRET).verify(
        sent?.body.toString() ?? '',
        sent?.headers as Record<string, string>,
      ),
    ).toMatchObject({ type: 'alert.test' });
    expect(later.version).not.toBe(version);
    await call('DELETE /api/alerts/channels/{name}', { params });
    receiver.received.length = 0;
  });

  it('that are wrong are refused with every mistake, and nothing is kept of them', async () => {
    await expect(
      put('odd', 'webhook', { webhookUrl: 'ftp://x', secret: 'short' }),
    ).rejects.toMatchObject({
      code: 'invalid_configuration',
      problem: { errors: [{ path: 'body.settings.webhookUrl' }, { path: 'body.settings.secret' }] },
    });
    expect((await call('GET /api/alerts/channels')).items.map(({ name }) => name)).not.toContain(
      'odd',
    );
  });
});

describe('rules', () => {
  const rule = (name: string, body: object) =>
    call('POST /api/alerts/rules', { body: { name, ...body } as never });

  it('tell of a trouble once, with its effects beside it, and that it is over', async () => {
    await rule('verdicts', {
      kind: 'verdict',
      settings: {},
      channels: ['chat', 'hook', 'pager', 'mail'],
    });
    await rule('errors', {
      kind: 'error_ratio',
      settings: { above: 0.1, atLeast: 1, window: '1m' },
      channels: ['chat'],
    });
    await expect(
      call('DELETE /api/alerts/channels/{name}', { params: { name: 'chat' } }),
    ).rejects.toMatchObject({ code: 'in_use' });

    // The receiver does not work at first: what is to be told waits, and is told later.
    status = 503;
    sick.script = (_received, response) => answerJson(response, 500, {});
    await (await post(gateway.url, '/v1/chat/completions', { model: 'chat' })).text();
    clock.forward(6000);
    await expect.poll(() => at('/slack?token=hush-hush').length, often).toBe(1);
    expect(bodyOf(at('/slack?token=hush-hush')[0])['text']).toMatch(
      /^Firing: chat is down: sick\/upstream-model, http_500 \(verdicts, since /,
    );
    await expect
      .poll(
        async () =>
          (await call('GET /api/alerts/deliveries')).items
            .filter(({ state }) => state === 'waiting')
            .map(({ channel, problem, attempts }) => `${channel}: ${problem ?? ''}, ${attempts}`)
            .toSorted((one, other) => one.localeCompare(other)),
        often,
      )
      .toEqual([
        'chat: answered with HTTP 503, 1',
        'hook: answered with HTTP 503, 1',
        'pager: answered with HTTP 503, 1',
      ]);
    await expect.poll(() => mails.length, often).toBe(1);
    expect((await call('GET /api/overview')).firingAlerts).toBe(1);

    // The errors of its requests are an effect of it.
    clock.forward(8000);
    await expect
      .poll(async () => (await call('GET /api/alerts')).items, often)
      .toMatchObject([
        {
          rule: 'verdicts',
          subject: 'sick/upstream-model',
          state: 'firing',
          effects: ['errors: chat'],
        },
      ]);

    status = 200;
    clock.forward(11_000);
    await expect.poll(() => at('/hook').length, often).toBe(2);
    const [first, second] = at('/hook');
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    await expect
      .poll(
        async () =>
          (await call('GET /api/alerts/deliveries')).items.every(
            ({ state }) => state !== 'waiting',
          ),
        often,
      )
      .toBe(true);

    sick.script = answerWell;
    const params = { id: 'sick/upstream-model' };
    await call('POST /api/targets/{id}/serve', { params });
    clock.forward(13_000);
    await expect
      .poll(() => at('/pager').map((one) => bodyOf(one)['event_action']), often)
      .toContain('resolve');
    const events = at('/pager').map(bodyOf);
    expect(new Set(events.map((one) => one['dedup_key'])).size).toBe(1);
    await expect.poll(() => mails.length, often).toBe(2);
    expect(mails[1]).toMatch(/^Subject: .*resolved/im);
    const { items } = await call('GET /api/alerts');
    expect(items).toMatchObject([{ rule: 'verdicts', state: 'resolved' }]);
    // Nobody was told of the errors by themselves.
    expect(at('/slack?token=hush-hush').map((one) => bodyOf(one)['text'])).not.toContainEqual(
      expect.stringMatching(/^Firing: .*requests failed/),
    );
    expect((await call('GET /api/overview')).firingAlerts).toBe(0);
  });

  it('are not overwritten by who has read them before somebody else changed them', async () => {
    const body = { kind: 'budget' as const, settings: { above: 0.5 }, channels: ['chat'] };
    const { version } = await rule('half', body);
    await expect(rule('half', body)).rejects.toMatchObject({ code: 'already_exists' });
    const params = { name: 'half' };
    const raise = (above: number) =>
      call('PATCH /api/alerts/rules/{name}', {
        params,
        body: { ...body, settings: { above } },
        ifMatch: version,
      });
    expect(await raise(0.6)).toMatchObject({ settings: { above: 0.6 } });
    await expect(raise(0.7)).rejects.toMatchObject({ code: 'version_changed' });
    const { items } = await call('GET /api/alerts/rules');
    expect(items.find(({ name }) => name === 'half')).toMatchObject({ settings: { above: 0.6 } });
    await call('DELETE /api/alerts/rules/{name}', { params });
    await expect(raise(0.7)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of latency and of budgets tell what was measured', async () => {
    receiver.received.length = 0;
    sick.script = (received, response) => {
      setTimeout(() => void answerWell(received, response), 30);
    };
    await rule('slow', {
      kind: 'latency',
      settings: { above: '20ms', atLeast: 1 },
      channels: ['hook'],
    });
    await rule('spent', { kind: 'budget', settings: { above: 0.02 }, channels: ['hook'] });
    const body = { model: 'dear', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
    const headers = { authorization: 'Bearer the-key-of-a-spender' };
    const answer = await post(gateway.url, '/v1/chat/completions', body, headers);
    expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
    const messages = () => {
      // Told after two looks, half a minute apart.
      clock.forward(12_000);
      return at('/hook')
        .map((one) => bodyOf(one)['data'] as { alerts: { message: string }[] })
        .flatMap(({ alerts }) => alerts.map(({ message }) => message));
    };
    await expect
      .poll(messages, { timeout: 20_000, interval: 1000 })
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^dear: first byte after \d+ ms at the 95 % quantile/),
          expect.stringMatching(/^key spender, 2 USD per \w+: \d+(?:\.\d)? % are spent$/),
        ]),
      );
  });
});
