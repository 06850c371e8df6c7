import { componentOf, runbookIn } from './component.ts';
import { field, isFields, listIn, textIn } from './fields.ts';
import { malformed, reader, type Reader, type Statement } from './reader.ts';
import { rootOf } from './root.ts';
import type { Component } from './told.ts';

const isCheck = (value: unknown): boolean =>
  isFields(value) && typeof field(value, 'ok') === 'boolean';

/**
 * The Financial Times' health check, which is answered with 200 however things are, and brings a
 * runbook with each check (https://github.com/Financial-Times/n-health). There is no sum: a check
 * that is not ok fails, and at severity 3 or 4 warns.
 */
export const ft: Reader = reader(
  'ft',
  ({ json }) => {
    if (!isFields(json)) return false;
    const checks = listIn(json, 'checks') ?? [];
    return field(json, 'schemaVersion') === 1 || (checks.length > 0 && checks.every(isCheck));
  },
  ({ json }) => {
    const checks = isFields(json) ? listIn(json, 'checks') : undefined;
    if (!isFields(json) || checks === undefined) return malformed;
    const components = checks.slice(0, 1_000).map(read);
    const root = { ...rootOf(json, ['checks'], ['ok']), name: textIn(json, 'systemCode', 'name') };
    return { ...root, ...sum(components), components, isAlwaysOk: true };
  },
);

function read(check: unknown, index: number): Component {
  if (!isFields(check)) return componentOf(String(index), check);
  const name = textIn(check, 'id', 'name') ?? String(index);
  return componentOf(name, check, { runbook: runbookIn(check) });
}

function sum(components: readonly Component[]): Pick<Statement, 'status' | 'reason'> {
  if (components.length === 0) return { status: undefined };
  const troubled = components.filter(({ status }) => status !== 'pass');
  const grave = troubled.find(({ runbook: { severity = 1 } }) => severity < 3);
  if (grave !== undefined) return grave.status === 'fail' ? failed : grave;
  return troubled.length > 0
    ? { status: 'warn', reason: 'degraded' }
    : { status: 'pass', reason: undefined };
}

const failed = { status: 'fail', reason: 'failed' } as const;
