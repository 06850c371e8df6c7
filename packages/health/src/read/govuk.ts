import { componentsOf } from './component.ts';
import { fieldsIn, isFields, textIn } from './fields.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { rootOf } from './root.ts';

const isWord = (value: unknown): boolean =>
  isFields(value) && /^(ok|warning|critical)$/.test(textIn(value, 'status')?.slice(0, 16) ?? '');

/**
 * GOV.UK's health checks: `ok`, `warning` or `critical`, and 500 for a warning as well
 * (https://docs.publishing.service.gov.uk/repos/govuk_app_config/healthchecks.html).
 */
export const govuk: Reader = reader(
  'govuk',
  ({ json }) => {
    if (!isFields(json) || !isWord(json)) return false;
    const checks = Object.values(fieldsIn(json, 'checks') ?? {});
    return checks.length > 0 && checks.every(isWord);
  },
  ({ json, code }) => {
    if (!isFields(json)) return malformed;
    const root = rootOf(json, ['checks']);
    const components = componentsOf(fieldsIn(json, 'checks'));
    const isWarned = code === 500 && root.status === 'warn';
    return {
      ...root,
      components,
      ...(isWarned && { coded: { status: 'warn', reason: 'degraded' } }),
    };
  },
);
