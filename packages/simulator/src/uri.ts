/** Percent-encoded text decoded, or as it is where that cannot be done. */
export function decodedUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
