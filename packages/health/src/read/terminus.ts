import { component, componentOf, tellsHealth } from './component.ts';
import { field, fieldsIn, isFields, type Fields } from './fields.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { rootOf } from './root.ts';
import type { Component } from './told.ts';

/** The order matters: a check is listed in `details` and once more in one of the others. */
const holders = ['details', 'error', 'info'];

/**
 * `@nestjs/terminus` and `@godaddy/terminus`: a status, and the checks in `info`, `error` and
 * `details` (https://docs.nestjs.com/recipes/terminus).
 */
export const terminus: Reader = reader(
  'terminus',
  ({ json }) =>
    isFields(json) &&
    /^(ok|error|degraded|shutting_down)$/.test(String(field(json, 'status')).slice(0, 16)) &&
    ['info', 'error'].some((name) => fieldsIn(json, name) !== undefined),
  ({ json }) =>
    isFields(json) ? { ...rootOf(json, holders), components: componentsIn(json) } : malformed,
);

function componentsIn(root: Fields): readonly Component[] {
  const found = new Map<string, Component>();
  for (const holder of holders) {
    for (const [name, value] of Object.entries(fieldsIn(root, holder) ?? {})) {
      if (found.has(name) || !isFields(value)) continue;
      if (tellsHealth(value)) found.set(name, componentOf(name, value));
      // Whatever was thrown at @godaddy/terminus stands there without a status.
      else if (holder === 'error')
        found.set(name, component(name, { status: 'fail', reason: 'failed' }, { extra: value }));
    }
  }
  return [...found.values()];
}
