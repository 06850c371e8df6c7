import { component, componentOf } from './component.ts';
import { fieldsIn, isFields } from './fields.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { rootOf } from './root.ts';
import type { Component } from './told.ts';

/** The measurements that draft-inadarei-api-health-check-06, section 4, names. */
const measurements = new Set(['utilization', 'responseTime', 'connections', 'uptime']);

/**
 * The health+json draft (draft-inadarei-api-health-check-06, expired), read leniently: the aliases
 * of its section 3 in any case, one object where an array belongs, nothing but a status.
 */
export const healthJson: Reader = reader(
  'health+json',
  ({ type, json }) => {
    if (/^application\/(vnd\.)?health\+json$/.test(type)) return true;
    const checks = isFields(json) ? fieldsIn(json, 'checks') : undefined;
    return checks !== undefined && Object.values(checks).some((one) => Array.isArray(one));
  },
  ({ json }) => {
    if (!isFields(json)) return malformed;
    const checks = Object.entries(fieldsIn(json, 'checks') ?? {});
    const components = checks.slice(0, 1_000).flatMap(([key, entries]) => read(key, entries));
    return { ...rootOf(json, ['checks']), components };
  },
);

function read(key: string, entries: unknown): readonly Component[] {
  const [name = '', ...rest] = key.split(':');
  // Neither part may hold a colon, yet a URI as measurement does.
  const named = rest.length > 0 ? rest.join(':') : undefined;
  const measurement = named ?? (measurements.has(name) ? name : undefined);
  if (!Array.isArray(entries)) return [componentOf(name, entries, { measurement })];
  if (entries.length === 0)
    return [component(name, { status: 'unknown', reason: 'unknown_status' }, { measurement })];
  return entries.slice(0, 1_000).map((one: unknown) => componentOf(name, one, { measurement }));
}
