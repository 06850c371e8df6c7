import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number between two others, both allowed. */
export const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= from && number <= to) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${from} to ${to}.`);
  };

/** Reads an argument that may be given several times, each an http:// or https:// URL. */
export function httpUrls(text: string, before: readonly string[] = []): string[] {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return [...before, text];
  throw new InvalidArgumentError('Expected an http:// or https:// URL.');
}
