import { componentsOf } from './component.ts';
import { isFields, listIn, textIn } from './fields.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { rootOf } from './root.ts';

const isWord = (value: unknown): boolean =>
  isFields(value) && /^(UP|DOWN)$/.test(textIn(value, 'status')?.slice(0, 8) ?? '');

/**
 * MicroProfile Health 4.0: `UP` or `DOWN` and a list of checks
 * (https://download.eclipse.org/microprofile/microprofile-health-4.0.1/). 500 says that the
 * service could not tell, which is not well either.
 */
export const microprofile: Reader = reader(
  'microprofile',
  ({ json }) => {
    const checks = isWord(json) && isFields(json) ? listIn(json, 'checks') : undefined;
    return checks !== undefined && checks.every(isWord);
  },
  ({ json }) => {
    if (!isFields(json)) return malformed;
    return { ...rootOf(json, ['checks']), components: componentsOf(listIn(json, 'checks')) };
  },
);
