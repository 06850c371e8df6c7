import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, keyFromConfig, Keyring, newSecret, type Key } from './keys.ts';
import { callerAddress, contains, networks } from './networks.ts';

describe('networks', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['10.0.0.0/8', 'nonsense', false],
    ['10.0.0.0/8', '', false],
  ])('%s contains %s: %s', (range, address, expected) => {
    expect(contains(networks([range]), address)).toBe(expected);
  });

  it('answers the same however many rules there are', () => {
    const many = Array.from({ length: 500 }, (_, i) => `172.16.${i % 256}.0/24`);
    expect(contains(networks([...many, '10.0.0.0/8']), '10.1.1.1')).toBe(true);
    expect(contains(networks(many), '10.1.1.1')).toBe(false);
  });

  it('takes no forwarded word of a stranger, and of a proxy only what it saw itself', () => {
    const proxies = networks(['192.0.2.0/24']);
    expect(callerAddress('198.51.100.1', '10.0.0.1', proxies)).toBe('198.51.100.1');
    expect(callerAddress('192.0.2.1', '10.0.0.1, 198.51.100.7', proxies)).toBe('198.51.100.7');
    expect(callerAddress('192.0.2.1', '10.0.0.1, 192.0.2.9', proxies)).toBe('10.0.0.1');
    expect(callerAddress('192.0.2.1', undefined, proxies)).toBe('192.0.2.1');
    expect(callerAddress('192.0.2.1', '10.0.0.1, x', proxies)).toBeUndefined();
  });
});

describe('keys', () => {
  const key = (secret: string): Key => ({
    id: secret,
    name: secret,
    digest: digestOf(secret),
    team: undefined,
    models: undefined,
    apis: undefined,
    prompts: undefined,
    ips: undefined,
    expires: undefined,
    limits: [],
    source: 'file',
  });

  it('are found by their whole secret alone', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2 }),
        ([absent = '', ...present]) => {
          const ring = new Keyring(present.map(key));
          expect(present.map((secret) => ring.find(secret)?.id)).toEqual(present);
          expect(ring.find(absent)).toBeUndefined();
        },
      ),
    );
  });

  it('with a wrong character are nobody’s, unless somebody chose them for the file', () => {
    const secret = newSecret();
    const typo = `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`;
    const config = { name: 'k', limits: [], guardrails: [] };
    const ring = new Keyring([keyFromConfig({ ...config, secret })]);
    expect(ring.find(secret)?.name).toBe('k');
    expect(ring.find(typo)).toBeUndefined();
    const odd = new Keyring([keyFromConfig({ ...config, secret: typo })]);
    expect(odd.find(typo)?.name).toBe('k');
  });

  it('have 160 bits and a shape that scanners know', () => {
    const secrets = new Set(Array.from({ length: 200 }, newSecret));
    expect(secrets.size).toBe(200);
    for (const secret of secrets) expect(secret).toMatch(/^vg_[a-z2-7]{32}[0-9a-f]{6}$/);
  });
});
