import type { lookup as resolve } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { forbidden, guardedLookup } from './address.ts';
import { classifyError, classifyStatus, isTimeout, refine } from './classify.ts';
import { Credentials } from './credentials.ts';
import { readRateLimits, readReset } from './rate-limit.ts';
import { readRetryAfter } from './retry-after.ts';

describe('addresses', () => {
  it.each([
    ['93.184.216.34', true, true],
    ['127.0.0.1', false, true],
    ['::1', false, true],
    ['::ffff:127.0.0.1', false, true],
    ['10.1.2.3', false, true],
    ['100.64.0.1', false, true],
    ['fe80::1', false, true],
    ['fd12::1', false, true],
    ['64:ff9b::7f00:1', false, true],
    ['169.254.169.254', false, false],
    ['::ffff:169.254.169.254', false, false],
    ['fd00:ec2::254', false, false],
    ['fd00:ec2::23', false, false],
    ['fd00:ec2::254%eth0', false, false],
    ['fd20:ce::254', false, false],
    ['169.254.170.2', false, false],
    ['168.63.129.16', false, false],
    ['64:ff9b::a9fe:a9fe', false, false],
    ['64:ff9b:1::a9fe:a9fe', false, false],
    ['::ffff:0:a9fe:a9fe', false, false],
    ['2002:a9fe:a9fe::1', false, false],
    ['::a9fe:a9fe', false, false],
    ['::7f00:1', false, true],
    ['64:ff9b::5db8:d822', true, true],
    ['2606:2800:220:1::1', true, true],
    ['0.0.0.0', false, false],
    ['255.255.255.255', false, false],
    ['224.0.0.1', false, false],
    ['nonsense', false, false],
  ])('%s: public %s, private %s', (address, isPublic, isPrivate) => {
    expect(forbidden(address, false) === undefined).toBe(isPublic);
    expect(forbidden(address, true) === undefined).toBe(isPrivate);
  });
});

describe('names', () => {
  type Answers = readonly (readonly string[])[];
  /** What a socket is given for a name whose server answers something else each time. */
  function dial(answers: Answers, mayBePrivate = false): unknown[] {
    const left = answers.map((addresses) => addresses.map((address) => ({ address, family: 4 })));
    const ask = (_name: string, _options: unknown, callback: (e: null, found: unknown) => void) =>
      callback(null, left.shift() ?? []);
    const lookup = guardedLookup(mayBePrivate, ask as unknown as typeof resolve);
    const dialled: unknown[] = [];
    for (const _ of answers) {
      lookup('rebound.test', {}, (error, address) =>
        dialled.push(error === null ? address : error.code),
      );
    }
    return dialled;
  }

  it('are checked at every dialling, and the checked address is the one that is dialled', () => {
    const refused = 'ERR_FORBIDDEN_ADDRESS';
    expect(dial([['93.184.216.34'], ['127.0.0.1'], ['93.184.216.34']])).toEqual([
      '93.184.216.34',
      refused,
      '93.184.216.34',
    ]);
    expect(dial([['93.184.216.34', '10.0.0.1']])).toEqual([refused]);
    expect(dial([['10.0.0.1'], ['169.254.169.254']], true)).toEqual(['10.0.0.1', refused]);
  });
});

describe('statuses', () => {
  it.each([
    [200, undefined, false],
    [206, 'provider', true],
    [301, 'provider', true],
    [400, 'client', false],
    [401, 'credential', true],
    [403, 'credential', true],
    [404, 'model', true],
    [408, 'provider', true],
    [410, 'model', true],
    [405, 'provider', true],
    [409, 'client', true],
    [413, 'client', true],
    [422, 'client', false],
    [429, 'quota', true],
    [500, 'provider', true],
    [529, 'provider', true],
    [999, 'provider', true],
  ] as const)('%i is the fault of %s', (status, fault, anotherCanHelp) => {
    expect(classifyStatus(status)).toMatchObject({ fault, anotherCanHelp });
  });

  it('are refined by bodies where they are vague', () => {
    const refined = (status: number, body: string) => refine(classifyStatus(status), status, body);
    expect(refined(429, '{"code":"insufficient_quota"}')).toMatchObject({
      fault: 'quota',
      reason: 'insufficient_quota',
    });
    expect(refined(400, 'Your credit balance is too low')).toMatchObject({ fault: 'quota' });
    expect(refined(400, '{"code":"context_length_exceeded"}')).toMatchObject({
      fault: 'client',
      anotherCanHelp: true,
    });
    expect(refined(400, 'Incorrect API key provided')).toMatchObject({ fault: 'credential' });
    expect(refined(400, 'anything else')).toEqual(classifyStatus(400));
    expect(refined(500, 'insufficient_quota')).toEqual(classifyStatus(500));
  });
});

describe('errors', () => {
  const error = (code: string) => Object.assign(new Error('x'), { code });
  it.each([
    ['ECONNREFUSED', 'network', 'connect_refused'],
    ['ENOTFOUND', 'network', 'dns_not_found'],
    ['UND_ERR_CONNECT_TIMEOUT', 'network', 'connect_timeout'],
    ['HPE_INVALID_CONSTANT', 'provider', 'malformed_answer'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'network', 'tls_untrusted'],
    ['CERT_HAS_EXPIRED', 'network', 'tls_expired'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'network', 'tls_error'],
    ['ERR_FORBIDDEN_ADDRESS', 'gateway', 'address_forbidden'],
    ['EMFILE', 'gateway', 'out_of_files'],
    ['WHATEVER', 'network', 'connection_failed'],
  ])('%s', (code, fault, reason) => {
    expect(classifyError(error(code))).toMatchObject({ fault, reason, anotherCanHelp: true });
  });

  it('of several addresses are told by the first', () => {
    expect(
      classifyError(new AggregateError([error('ECONNREFUSED'), error('ENOTFOUND')])),
    ).toMatchObject({ reason: 'connect_refused' });
    expect(isTimeout(classifyError(error('ETIMEDOUT')))).toBe(true);
  });
});

describe('headers', () => {
  const of = (headers: Record<string, string>) => (name: string) => headers[name];
  const now = Date.UTC(2026, 0, 1);

  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '7', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after-ms': 'Infinity', 'retry-after': '3' }, 3000],
    [{ 'retry-after': '99999999999' }, 31 * 86_400_000],
    [{}, undefined],
  ])('%j', (headers: Record<string, string>, expected) => {
    expect(readRetryAfter(of(headers), now)).toBe(expected);
  });

  it.each([
    ['120ms', 120],
    ['6m0s', 360_000],
    ['17.399s', 17_399],
    ['500', 500_000],
    ['2026-01-01T00:01:00Z', 60_000],
    ['-1', undefined],
    ['', undefined],
  ])('reset %s', (text, expected) => {
    expect(readReset(text, now)).toBe(expected);
  });

  it('tell what is left, in both vendors’ words, and nothing where they say nothing', () => {
    expect(
      readRateLimits(
        of({
          'x-ratelimit-limit-requests': '500',
          'x-ratelimit-remaining-requests': '499',
          'x-ratelimit-reset-requests': '120ms',
          'x-ratelimit-limit-tokens': '-1',
          'x-ratelimit-remaining-tokens': '0',
          'anthropic-ratelimit-input-tokens-limit': '100',
          'anthropic-ratelimit-input-tokens-remaining': '25',
        }),
        now,
      ),
    ).toEqual([
      { kind: 'requests', limit: 500, remaining: 499, resetMs: 120 },
      { kind: 'input-tokens', limit: 100, remaining: 25, resetMs: undefined },
    ]);
  });
});

describe('credentials', () => {
  const both = () =>
    new Credentials([
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ]);
  const none = new Set<never>();

  it('take turns, and go where more is left', () => {
    const credentials = both();
    const [a, b] = credentials.all;
    const taken = Array.from({ length: 4 }, () => credentials.take('m', 0, none)?.name);
    expect(taken).toEqual(['a', 'b', 'a', 'b']);
    if (a !== undefined) credentials.setLeft(a, 'm', 0.1, 1000);
    if (b !== undefined) credentials.setLeft(b, 'm', 0.5, 1000);
    expect(credentials.take('m', 0, none)).toBe(b);
    expect(credentials.take('m', 0, none)).toBe(b);
    expect(credentials.left('m', 0)).toBe(0.5);
  });

  it('that are refused are looked at in turn, and ever more seldom until one is accepted', () => {
    const credentials = both();
    const [a, b] = credentials.all;
    if (a === undefined || b === undefined) throw new TypeError('two are configured');
    const refuse = (one: typeof a) =>
      credentials.rest(one, undefined, { fault: 'credential', reason: 'http_401' }, 0, 3_600_000);
    refuse(a);
    expect(credentials.likeliest).toBe(b);
    refuse(b);
    expect(credentials.likeliest).toBe(a);
    const looks = new Map([a, b].map((one) => [one, 0]));
    const TEN_MINUTES_S = 599;
    for (let second = 0; second < TEN_MINUTES_S; second += 1) {
      const turn = credentials.refused(second * 1000);
      if (turn === undefined) continue;
      looks.set(turn, (looks.get(turn) ?? 0) + 1);
      credentials.looked(turn, second * 1000);
    }
    expect([...looks.values()]).toEqual([24, 24]);
    credentials.accepted(a, undefined);
    refuse(a);
    expect(credentials.refused(TEN_MINUTES_S * 1000)).toBe(a);
  });

  it('rest for one model or for all, longer each time, and come back', () => {
    const credentials = both();
    const [a, b] = credentials.all;
    if (a === undefined || b === undefined) throw new TypeError('two are configured');
    credentials.rest(a, 'm', { fault: 'quota', reason: 'http_429' }, 0, 3000);
    expect(credentials.restingUntil(a, 'm', 0)).toBe(3000);
    expect(credentials.restingUntil(a, 'other', 0)).toBeUndefined();
    credentials.rest(b, undefined, { fault: 'credential', reason: 'http_401' }, 0, undefined);
    expect(credentials.refused(0)).toBe(b);
    expect(credentials.refused(5000)).toBeUndefined();
    expect(credentials.take('m', 0, none)).toBeUndefined();
    expect(credentials.wait('m', 0)).toBe(3000);
    expect(credentials.resting(0)).toEqual([
      { credential: 'a', model: 'm', reason: 'http_429', forMs: 3000 },
      { credential: 'b', model: '*', reason: 'http_401', forMs: 5000 },
    ]);
    // The first comes back by itself: nobody has to renew anything.
    expect(credentials.blocked('m', 0)?.reason).toBe('quota_spent');
    credentials.rest(b, undefined, { fault: 'credential', reason: 'http_401' }, 6000, undefined);
    expect(credentials.restingUntil(b, 'm', 6000)).toBe(16_000);
    credentials.accepted(b, 'm');
    expect(credentials.take('m', 6000, new Set([a]))).toBe(b);
  });

  it('keep what is known of them over a reload, if the secret is the same', () => {
    const before = both();
    for (const one of before.all) {
      before.rest(one, undefined, { fault: 'credential', reason: 'http_401' }, 0, undefined);
    }
    const after = new Credentials([
      { name: 'a', value: '1' },
      { name: 'b', value: 'new' },
    ]);
    after.inherit(before);
    expect(after.take('m', 0, none)?.name).toBe('b');
  });
});
