/** Exit codes as the contract names them. */
const exitCodes: Readonly<Record<string, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };
const UNKNOWN = 3;

/** `vitalgate check URL`: one line and an exit code, for scripts and container health checks. */
export async function check(
  url: string,
  flags: { timeout: string; json?: boolean },
): Promise<void> {
  const { status, detail } = await ask(url, Number(flags.timeout));
  process.exitCode = exitCodes[status] ?? UNKNOWN;
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ url, status, detail })}\n`
      : `${status} ${url}${detail === '' ? '' : ` (${detail})`}\n`,
  );
}

async function ask(url: string, timeoutMs: number): Promise<{ status: string; detail: string }> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await answer.json().catch(() => undefined);
    const told =
      typeof body === 'object' && body !== null
        ? (body as { status?: unknown; reason?: unknown })
        : {};
    const byCode = answer.ok ? 'healthy' : 'unhealthy';
    const status =
      typeof told.status === 'string' && told.status in exitCodes ? told.status : byCode;
    return {
      status,
      detail: typeof told.reason === 'string' ? told.reason : `HTTP ${answer.status}`,
    };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return { status: 'unknown', detail: cause?.code ?? name };
  }
}
