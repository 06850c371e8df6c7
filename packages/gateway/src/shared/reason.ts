/** Why something outside failed: a code where there is one, as messages may quote what was sent. */
export function reasonOf(error: unknown): string {
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  return code ?? /^[A-Z]+(?= )/.exec(message ?? '')?.[0] ?? name ?? 'failed';
}
