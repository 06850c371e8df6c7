import { expect, test } from 'vitest';
import { impairments } from './causes.ts';

/** `api!: db cache` is a troubled check that depends on two others. */
function explain(...lines: string[]): Record<string, string[]> {
  const checks = lines.map((line) => {
    const [name = '', needs = ''] = line.split(':');
    const dependsOn = needs.split(' ').filter(Boolean);
    return { name: name.replace('!', ''), dependsOn, isTroubled: name.includes('!') };
  });
  return Object.fromEntries(impairments(checks));
}

test('a database that is down explains everything that leans on it', () => {
  expect(explain('db!', 'orders!:db', 'users!:db', 'page!:orders users', 'disk')).toEqual({
    orders: ['db'],
    users: ['db'],
    page: ['db'],
  });
});

test('what is well explains nothing, and hides what is behind it', () => {
  expect(explain('db!', 'orders:db', 'page!:orders')).toEqual({});
});

test('several causes are all named, each once', () => {
  expect(explain('db!', 'queue!', 'orders!:db queue', 'mail!:queue', 'page!:orders mail')).toEqual({
    orders: ['db', 'queue'],
    mail: ['queue'],
    page: ['db', 'queue'],
  });
});

test('circles end', () => {
  expect(explain('a!:b', 'b!:a')).toEqual({ a: ['b'], b: ['a'] });
  expect(explain('a!:a')).toEqual({});
  expect(explain('a!:b', 'b!:a', 'page!:a')).toEqual({ a: ['b'], b: ['a'], page: ['a'] });
  const names = Array.from({ length: 60 }, (_, n) => n);
  const all = names.map((n) => `n${n}!:${names.map((m) => `n${m}`).join(' ')}`);
  expect(Object.keys(explain(...all))).toHaveLength(60);
});
