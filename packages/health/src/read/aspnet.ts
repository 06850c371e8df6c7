import { componentsOf, worstOf } from './component.ts';
import { field, fieldsIn, isFields } from './fields.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { rootOf } from './root.ts';

/**
 * The JSON of ASP.NET Core's health check UI: `entries` by name, durations as TimeSpan
 * (https://github.com/Xabaril/AspNetCore.Diagnostics.HealthChecks). Without a sum the lowest of
 * Unhealthy, Degraded and Healthy counts, as in `HealthReport`. ASP.NET's own answer is one word:
 * `plain`.
 */
export const aspnet: Reader = reader(
  'aspnet',
  ({ json }) => isFields(json) && fieldsIn(json, 'entries', 'Entries') !== undefined,
  ({ json }) => {
    if (!isFields(json)) return malformed;
    const components = componentsOf(fieldsIn(json, 'entries', 'Entries'));
    const root = rootOf(json, ['entries', 'Entries'], ['status', 'Status']);
    const hasSum = field(json, 'status', 'Status') !== undefined;
    return { ...root, ...(!hasSum && worstOf(components)), components };
  },
);
