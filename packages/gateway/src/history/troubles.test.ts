import { expect, it } from 'vitest';
import { Troubles, type Ill } from './troubles.ts';

const none = new Set<string>();
const ill = (route: string, isDown: boolean, since: number, ...targets: string[]): Ill => ({
  route,
  isDown,
  since,
  causes: targets.map((target) => ({
    group: target.split('/', 1)[0] ?? '',
    target,
    reason: 'http_500',
  })),
});
const troubles = () => {
  let last = 0;
  return new Troubles(() => `${(last += 1)}`);
};

it('tells one trouble of a provider, however many routes feel it', () => {
  const them = troubles();
  const seen = [ill('chat', false, 0, 'a/one'), ill('fast', true, 0, 'a/one', 'a/two')];
  expect(them.step(0, seen, none)).toEqual([]);
  expect(them.step(5000, seen, none)).toMatchObject([
    {
      id: '1',
      group: 'a',
      routes: ['chat', 'fast'],
      targets: ['a/one', 'a/two'],
      severity: 'down',
    },
  ]);
  expect(them.step(6000, seen, none)).toEqual([]);
});

it('leaves out what passes in a moment, and sees a flap as one', () => {
  const them = troubles();
  const seen = [ill('chat', true, 0, 'a/one')];
  them.step(0, seen, none);
  them.step(4000, [], none);
  const again = [ill('chat', true, 5000, 'a/one')];
  expect(them.step(5000, again, none)).toEqual([]);
  expect(them.step(10_000, again, none)).toMatchObject([{ id: '2', startedAt: 5000 }]);
  them.step(12_000, [], none);
  expect(them.step(20_000, seen, none)).toEqual([]);
  them.step(21_000, [], none);
  expect(them.step(35_000, [], none)).toEqual([]);
  expect(them.step(36_000, [], none)).toMatchObject([{ id: '2', endedAt: 21_000 }]);
});

it('ends no trouble because nobody knows', () => {
  const them = troubles();
  const seen = [ill('chat', true, 0, 'a/one')];
  them.step(0, seen, none);
  them.step(5000, seen, none);
  expect(them.step(60_000, [], new Set(['a']))).toEqual([]);
  them.step(61_000, [], none);
  expect(them.step(76_000, [], none)).toMatchObject([{ endedAt: 61_000 }]);
});

it('takes up after a restart what was open', () => {
  const open = {
    id: 'old',
    group: 'a',
    targets: ['a/one'],
    routes: ['chat'],
    severity: 'down',
    reason: 'http_500',
    startedAt: 0,
    endedAt: undefined,
  } as const;
  const them = new Troubles(() => 'new', [open]);
  expect(them.step(100_000, [ill('chat', true, 0, 'a/one')], none)).toEqual([]);
  them.step(101_000, [], none);
  expect(them.step(120_000, [], none)).toMatchObject([{ id: 'old', endedAt: 101_000 }]);
});
