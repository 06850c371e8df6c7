import { SimulatorError } from '../errors.ts';
import { isObject, isString, type JsonObject } from '../json.ts';
import { type Effect, effectNames, type EffectRule, effects, type Fault } from './fault.ts';

/**
 * Reads one fault that came as JSON.
 *
 * @throws {SimulatorError} `invalid_fault`, saying what is wrong and what is allowed
 */
export function readFault(value: unknown): Fault {
  if (!isObject(value)) throw wrong('a fault is an object such as {"status": 529, "times": 3}');
  const named = effectNames.filter((effect) => value[effect] !== undefined);
  const [effect] = named;
  if (effect === undefined || named.length > 1) {
    const found = named.length > 1 ? named : Object.keys(value);
    throw wrong(
      `a fault has exactly one effect, not ${found.join(' and ') || 'none'}; effects are ${effectNames.join(', ')}`,
    );
  }
  checkFields(value, effect);
  checkEffect(effect, value[effect], effects[effect]);
  checkOccurrence(value, effect);
  checkNumber('retryAfter', value['retryAfter'], { least: 0, most: 86_400 });
  checkText('code', value['code']);
  // Every field has been looked at above.
  return value as unknown as Fault;
}

/** Reads one fault or a list of them. */
export const readFaultList = (value: unknown): readonly Fault[] =>
  (Array.isArray(value) ? value : [value]).map(readFault);

/**
 * Reads faults written in a line, as in the header `x-simulate` and on a command line:
 * `latency=200, status=429; retryAfter=2; times=3`. A comma parts faults, a semicolon the fields of
 * one; a name alone is `true`.
 *
 * @throws {SimulatorError} `invalid_fault`
 */
export function parseFaults(line: string): readonly Fault[] {
  return line
    .split(',')
    .filter((text) => text.trim() !== '')
    .map((text) => readFault(Object.fromEntries(text.split(';').map(readPair))));
}

function readPair(text: string): readonly [string, unknown] {
  const [name = '', ...rest] = text.split('=');
  const value = rest.join('=').trim();
  if (rest.length === 0 || value === 'true') return [name.trim(), true];
  const isNumber = value !== '' && name.trim() !== 'code' && name.trim() !== 'model';
  return [name.trim(), isNumber && Number.isFinite(Number(value)) ? Number(value) : value];
}

const wrong = (detail: string): SimulatorError => new SimulatorError('invalid_fault', detail);

function checkFields(value: JsonObject, effect: Effect): void {
  const telling = effect === 'status' ? ['retryAfter', 'code'] : [];
  const allowed = [effect, 'model', 'probability', 'times', ...telling];
  const stray = Object.keys(value).find((name) => !allowed.includes(name));
  if (stray === undefined) return;
  throw wrong(`"${stray}" does not go with ${effect}; what does is ${allowed.join(', ')}`);
}

function checkEffect(effect: Effect, value: unknown, rule: EffectRule): void {
  if (rule.flag === true && value === true) return;
  if (rule.least === undefined)
    throw wrong(`${effect} is true or absent, not ${JSON.stringify(value)}`);
  checkNumber(effect, value, rule);
}

function checkOccurrence(value: JsonObject, effect: Effect): void {
  checkText('model', value['model']);
  checkNumber('probability', value['probability'], { least: 0, most: 1 });
  checkNumber('times', value['times'], { least: 1, most: 1_000_000, whole: true });
  if (effects[effect].group !== 'listener') return;
  const narrowed = ['probability', 'times'].find((name) => value[name] !== undefined);
  const model = value['model'] ?? '*';
  if (narrowed === undefined && model === '*') return;
  throw wrong(`${effect} is for every connection: it takes no ${narrowed ?? 'model'}`);
}

function checkNumber(
  name: string,
  value: unknown,
  { least = 0, most = Infinity, whole = false }: Omit<EffectRule, 'group'>,
): void {
  if (value === undefined) return;
  const fits = typeof value === 'number' && value >= least && value <= most;
  if (fits && (!whole || Number.isInteger(value))) return;
  throw wrong(
    `${name} is a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not ${JSON.stringify(value)}`,
  );
}

function checkText(name: string, value: unknown): void {
  if (value === undefined || (isString(value) && value !== '')) return;
  throw wrong(`${name} is a text, not ${JSON.stringify(value)}`);
}
