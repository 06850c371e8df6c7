/** Fields that mean something between two neighbours only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** What no message can take away by naming it in `connection`: where it ends, and who is asked. */
const NEVER_NAMED: ReadonlySet<string> = new Set(['content-length', 'host']);

/** Names that must not be passed on, whatever stands in `connection` besides. */
export function hopByHop(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || PLAIN_CONNECTION.test(connection)) return HOP_BY_HOP;
  const named = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !NEVER_NAMED.has(name));
  return new Set([...HOP_BY_HOP, ...named]);
}

const PLAIN_CONNECTION = /^(?:keep-alive|close|upgrade)?$/i;

/** What a trailer may not carry: what frames, routes, authenticates or controls (RFC 9110, 6.5.1). */
const NO_TRAILER =
  /^(?:content-(?:encoding|length|range|type)|transfer-encoding|host|trailer|te|connection|keep-alive|upgrade|authorization|proxy-.*|www-authenticate|set-cookie|cookie|cache-control|expires|date|location|retry-after|vary|warning|age|max-forwards|expect|x-forwarded-.*|forwarded|x-vitalgate-.*)$/;

/** Trailer fields that may be passed on, as names and values. */
export function passableTrailers(raw: readonly (Buffer | string)[]): Record<string, string> {
  const trailers: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i]).toLowerCase();
    if (name === '__proto__' || NO_TRAILER.test(name)) continue;
    const value = latin1(raw[i + 1]);
    const before = trailers[name];
    trailers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return trailers;
}

/** Fields that carry a caller's key to this gateway. */
const KEY_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
]);

/** Whether a field tells the key that its caller has shown to this gateway. */
export const carriesKey = (name: string, value: string, secret: string | undefined): boolean =>
  secret !== undefined &&
  KEY_FIELDS.has(name) &&
  (value === secret || value.slice('Bearer '.length).trim() === secret);

/** Bytes of a field as they came (RFC 9110, section 5.5: obs-text has no encoding). */
export const latin1 = (bytes: Buffer | string | undefined): string =>
  typeof bytes === 'string' ? bytes : (bytes?.toString('latin1') ?? '');
