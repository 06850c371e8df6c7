import { isSecretHeader } from '../config/secret-places.ts';

/** Shorter ones are in too many words. */
const SHORTEST = 8;

/**
 * The credentials among the fields that an API's requests are given, as a page that tells its request would
 * spell them: with or without their scheme, in JSON, and what is behind a `Basic` one.
 */
export function credentialsIn(set: Readonly<Record<string, string>>): readonly Buffer[] {
  const spelled = Object.entries(set).flatMap(([name, value]) => {
    if (!isSecretHeader(name)) return [];
    const secret = value.replace(/^\w+ +/, '');
    const password = /^basic /i.test(value)
      ? Buffer.from(secret, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : '';
    if (name.toLowerCase() === 'cookie') {
      return value.split(/;\s*/).map((pair) => pair.replace(/^[^=]*=/, ''));
    }
    return [secret, password, JSON.stringify(secret).slice(1, -1)];
  });
  return [...new Set(spelled)]
    .filter((one) => one.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length)
    .map((one) => Buffer.from(one, 'latin1'));
}
