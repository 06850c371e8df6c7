/**
 * The one redactor. Everything that leaves the process as text for people (log lines, error
 * messages built from what others said) goes through it.
 */

const SHAPES: readonly RegExp[] = [
  // Credentials as vendors and this gateway write them.
  /\b(?:sk|pk|rk|vg|gsk|xai|key)[-_][A-Za-z0-9_-]{8,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/gi,
  // User and password inside a URL (RFC 3986, section 3.2.1). Neither has a quote: over one it would run
  // from a URL to the next field of a line that has an @, and leave a line that is no JSON.
  /(?<=:\/\/)[^\s/@:"]+:[^\s/@"]+(?=@)/g,
];

/**
 * Local servers are often given an "x" as their key. Nobody guards that, and without it no word with an
 * x in it could be read.
 */
const SHORTEST = 4;

/** A function that hides `secrets`, exactly, and whatever looks like a credential. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // Longest first, so that a secret that holds another is hidden whole.
  const exact = [...new Set(secrets.flatMap(spellings))]
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    let safe = text;
    for (const secret of exact) safe = safe.replaceAll(secret, '[redacted]');
    for (const shape of SHAPES) safe = safe.replace(shape, '[redacted]');
    return safe;
  };
}

/** As it is, as a line of JSON has it, and as a URL does. */
const spellings = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
];
