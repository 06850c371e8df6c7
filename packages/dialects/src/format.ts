/** Asks for JSON in words, where a provider knows no other way. */
export function formatInstruction(schema: object | undefined): string {
  const bound =
    schema === undefined ? '' : ` It must be valid by this JSON schema: ${JSON.stringify(schema)}`;
  return `Answer with one JSON object and nothing else.${bound}`;
}
