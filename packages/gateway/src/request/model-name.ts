/** The name of a model in a path; undefined when it is no UTF-8. */
export function decodedModel(written: string): string | undefined {
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}
