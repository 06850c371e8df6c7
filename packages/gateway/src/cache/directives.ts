/** What a caller says of remembered answers (RFC 9111, section 5.2.1). */
export interface Directives {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  /** Seconds an answer may be old; undefined for any. */
  readonly maxAge: number | undefined;
}

const NONE: Directives = { noStore: false, noCache: false, onlyIfCached: false, maxAge: undefined };

export function directivesOf(cacheControl: string | undefined): Directives {
  if (cacheControl === undefined) return NONE;
  const said = new Map(
    cacheControl
      .toLowerCase()
      .split(',')
      .map((one) => {
        const [name = '', value = ''] = one.split('=');
        return [name.trim(), value.trim().replaceAll('"', '')] as const;
      }),
  );
  const maxAge = said.get('max-age');
  return {
    noStore: said.has('no-store'),
    noCache: said.has('no-cache'),
    onlyIfCached: said.has('only-if-cached'),
    // What is no number is taken for the strictest (section 4.2.1).
    maxAge: maxAge === undefined ? undefined : /^\d+$/.test(maxAge) ? Number(maxAge) : 0,
  };
}

/** Whether an answer says that it must not be told once it is old (sections 5.2.2.2, 5.2.2.4, 5.2.2.8). */
export const mustRevalidate = (cacheControl: string): boolean =>
  /(?:^|[\s,])(?:must-revalidate|proxy-revalidate|no-cache)\b/i.test(cacheControl);

/**
 * The library asks an upstream each time where it reads this, and not only once an answer is old (section
 * 5.2.2.2).
 */
export const withoutMustRevalidate = (cacheControl: string): string =>
  cacheControl.replaceAll(/(^|,)\s*must-revalidate\s*(?=,|$)/gi, '$1');
