import { isSecretHeader, NOT_SHOWN } from '../config/secret-places.ts';

/** A value of the configuration as JSON can say it, without what is secret in it. */
export function plain(value: unknown): unknown {
  if (value instanceof URL) return value.href;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, one]) => one !== undefined && name !== 'secret' && name !== 'credentials')
      .map(([name, one]) => [name, plain(one)]),
  );
}

/** The same without the values of fields, anywhere under `headers`, that are credentials for an upstream. */
export function withoutCredentials(value: unknown, isInHeaders: boolean = false): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutCredentials(one, isInHeaders));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      isInHeaders && typeof one === 'string' && isSecretHeader(name)
        ? NOT_SHOWN
        : withoutCredentials(one, isInHeaders || name === 'headers'),
    ]),
  );
}
