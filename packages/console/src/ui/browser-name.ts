/** What calls itself more than one name comes first: Edge says Chrome too, and Chrome says Safari. */
const browsers: readonly [mark: RegExp, name: string][] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/\S+ .*\bSafari\//, 'Safari'],
];

const systems: readonly [mark: RegExp, name: string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/**
 * Which browser on which system a `user-agent` header is of, as far as it tells; undefined for what is
 * no browser that is known here. For people to know their own again, not for a decision.
 */
export function browserName(
  userAgent: string,
): { readonly browser: string; readonly system: string | undefined } | undefined {
  const nameIn = (known: typeof browsers) => known.find(([mark]) => mark.test(userAgent))?.[1];
  const browser = nameIn(browsers);
  return browser === undefined ? undefined : { browser, system: nameIn(systems) };
}
