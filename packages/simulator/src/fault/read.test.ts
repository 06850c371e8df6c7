import { describe, expect, it } from 'vitest';
import { SimulatorError } from '../errors.ts';
import { effectNames, effects } from './fault.ts';
import { parseFaults, readFault, readFaultList } from './read.ts';

describe('readFault', () => {
  it.each(effectNames)('reads %s', (effect) => {
    const { least, most, flag } = effects[effect];
    const values = [least, most, flag].filter((value) => value !== undefined);
    for (const value of values) {
      const model = effect === 'refuse' ? '*' : 'm';
      expect(readFault({ [effect]: value, model })).toEqual({ [effect]: value, model });
    }
    for (const value of ['1', null, -1, 1e12, false, Number.NaN, {}]) {
      expect(() => readFault({ [effect]: value })).toThrow(SimulatorError);
    }
  });

  it('reads when and how it strikes', () => {
    const fault = {
      status: 429,
      retryAfter: 1.5,
      code: 'insufficient_quota',
      model: 'm',
      probability: 0.5,
      times: 3,
    };
    expect(readFault(fault)).toEqual(fault);
  });

  it.each([
    [null, 'a fault is an object such as {"status": 529, "times": 3}'],
    [{}, 'a fault has exactly one effect, not none; effects are latency, '],
    [{ stauts: 500 }, 'a fault has exactly one effect, not stauts; effects are latency, '],
    [{ status: 500, reset: true }, 'a fault has exactly one effect, not status and reset; '],
    [{ status: 200 }, 'status is a whole number from 400 to 599, not 200'],
    [{ status: 429.5 }, 'status is a whole number from 400 to 599, not 429.5'],
    [{ reset: 1 }, 'reset is true or absent, not 1'],
    [{ reset: true, retryAfter: 1 }, '"retryAfter" does not go with reset; what does is reset, '],
    [{ reset: true, times: 0 }, 'times is a whole number from 1 to 1000000, not 0'],
    [{ reset: true, probability: 2 }, 'probability is a number from 0 to 1, not 2'],
    [{ reset: true, model: '' }, 'model is a text, not ""'],
    [{ status: 429, code: 5 }, 'code is a text, not 5'],
    [{ status: 429, retryAfter: -1 }, 'retryAfter is a number from 0 to 86400, not -1'],
    [{ refuse: true, times: 2 }, 'refuse is for every connection: it takes no times'],
    [{ refuse: true, model: 'm' }, 'refuse is for every connection: it takes no model'],
  ])('refuses %j', (fault, message) => {
    expect(() => readFault(fault)).toThrow(`A fault cannot be understood: ${message}`);
  });
});

describe('readFaultList', () => {
  it('takes one or several, and all or none', () => {
    expect(readFaultList({ reset: true })).toEqual([{ reset: true }]);
    expect(readFaultList([{ reset: true }, { latency: 5 }])).toHaveLength(2);
    expect(() => readFaultList([{ reset: true }, {}])).toThrow(SimulatorError);
  });
});

describe('parseFaults', () => {
  it.each([
    ['status=529', [{ status: 529 }]],
    ['reset', [{ reset: true }]],
    ['refuse=true', [{ refuse: true }]],
    [
      ' latency = 200 , status=429; retryAfter=0.5;times=3 ',
      [{ latency: 200 }, { status: 429, retryAfter: 0.5, times: 3 }],
    ],
    [
      'status=429;code=insufficient_quota;model=7',
      [{ status: 429, code: 'insufficient_quota', model: '7' }],
    ],
    ['', []],
  ])('reads "%s"', (line, faults) => {
    expect(parseFaults(line)).toEqual(faults);
  });

  it.each(['status', 'status=', 'status=abc', 'nonsense', '=5', 'status=500;reset'])(
    'refuses "%s"',
    (line) => {
      expect(() => parseFaults(line)).toThrow(SimulatorError);
    },
  );
});
