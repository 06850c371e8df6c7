import { component, worstOf } from './component.ts';
import { field, isFields, listIn, textIn } from './fields.ts';
import type { Page } from './page.ts';
import { reader, type Reader, type Statement } from './reader.ts';
import type { Component } from './told.ts';
import { statusWord, type Word } from './words.ts';

/**
 * Consul's own checks as its API lists them (`/v1/agent/checks`, `/v1/health/…`,
 * `/v1/agent/health/service/…`: https://developer.hashicorp.com/consul/api-docs). As a hint, also
 * what Consul itself would make of any HTTP answer: 2xx passing, 429 warning, all else critical.
 */
export const consul: Reader = reader(
  'consul',
  ({ json }) =>
    isFields(json) ? hasSum(json) || checksIn(json).length > 0 : checksIn(json).length > 0,
  ({ json, code, text }) => {
    const components = checksIn(json).slice(0, 1_000).map(read);
    if (isFields(json) && hasSum(json)) {
      const said = textIn(json, 'AggregatedStatus');
      return { ...statusWord(said), said, components };
    }
    const worst = worstOf(components);
    return worst === undefined ? asConsul(code, text) : { ...worst, components, isAlwaysOk: true };
  },
);

const hasSum = (json: object): boolean => Object.hasOwn(json, 'AggregatedStatus');

type Check = Readonly<Record<string, unknown>>;

const isCheck = (value: unknown): value is Check =>
  isFields(value) && typeof field(value, 'CheckID') === 'string';

/** Alone, in a list, by name, or within the services of a list. */
function checksIn(json: unknown): readonly Check[] {
  if (isCheck(json)) return [json];
  if (Array.isArray(json)) return json.slice(0, 1_000).flatMap(inner);
  if (!isFields(json)) return [];
  return hasSum(json) ? inner(json) : Object.values(json).filter(isCheck);
}

function inner(value: unknown): readonly Check[] {
  if (isCheck(value)) return [value];
  return isFields(value) ? (listIn(value, 'Checks') ?? []).filter(isCheck) : [];
}

function read(check: Check): Component {
  const said = textIn(check, 'Status');
  const id = textIn(check, 'CheckID');
  return component(textIn(check, 'Name') || id || '', wordIn(check, said), {
    said,
    id,
    output: textIn(check, 'Output')?.slice(0, 4_096),
    extra: check,
  });
}

/** Consul keeps maintenance as critical checks of these names. */
function wordIn(check: Check, said: string | undefined): Word {
  const isMaintained = /^_(node|service)_maintenance/.test(textIn(check, 'CheckID') ?? '');
  return isMaintained ? statusWord('maintenance') : statusWord(said);
}

function asConsul(code: Page['code'], text: string): Statement {
  const output = text.slice(0, 4_096);
  return { status: undefined, output, ...(code !== undefined && { coded: meaningTo(code) }) };
}

function meaningTo(code: number): Word {
  if (code >= 200 && code < 300) return { status: 'pass', reason: undefined };
  return { status: code === 429 ? 'warn' : 'fail', reason: `http_${code}` };
}
