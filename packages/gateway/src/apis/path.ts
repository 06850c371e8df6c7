/**
 * What two readers of a path could take for something else: each spelling of a path has to mean to
 * the gateway what it means to the upstream, or a rule for one place holds nowhere near it.
 */
const DOUBTFUL =
  // oxlint-disable-next-line no-useless-escape
  /[^\x21-\x7e]|[\\#]|%(?![\dA-Fa-f]{2})|%(?:00|5c)|\/\/|\/(?:\.|%2e){1,2}(?:;[^\/]*)?(?=\/|$)/i;

const ENCODED_SLASH = /%2f/i;

/** What is wrong with a path, in words for its caller; undefined when it means one thing only. */
export function doubtIn(path: string, mayEncodeSlashes: boolean): string | undefined {
  const found = DOUBTFUL.exec(path)?.[0] ?? (mayEncodeSlashes ? undefined : slashIn(path));
  if (found === undefined) return undefined;
  return `found ${JSON.stringify(found)} in the path; send its plain form (RFC 3986, section 6.2.2)`;
}

const slashIn = (path: string): string | undefined => ENCODED_SLASH.exec(path)?.[0];

/** Bytes that no query may hold; they are percent-encoded (RFC 3986, section 3.4). */
export const isPlainQuery = (query: string): boolean => !/[^\x21-\x7e]|#/.test(query);
