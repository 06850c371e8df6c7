import { grpc } from '@vitalgate/health/check/grpc';
import { http, type HttpOutcome } from '@vitalgate/health/check/http';
import { cut, oneLine } from '@vitalgate/health/report/clean';

type Word = 'healthy' | 'degraded' | 'unhealthy' | 'unknown';

interface Found {
  readonly word: Word;
  /** A public code, or empty. */
  readonly detail: string;
  readonly latencyMs: number | undefined;
  /** No connection, or no answer. */
  readonly isUnreachable: boolean;
}

/** How one convention ends and what it prints. */
interface Profile {
  readonly exit: (found: Found) => number;
  readonly print: (url: string, found: Found) => string;
}

const usual: Profile = {
  exit: ({ word }) => ({ healthy: 0, degraded: 1, unhealthy: 2, unknown: 3 })[word],
  print: (url, { word, detail }) => `${word} ${url}${detail === '' ? '' : ` (${detail})`}`,
};

const nagiosWords = {
  healthy: 'OK',
  degraded: 'WARNING',
  unhealthy: 'CRITICAL',
  unknown: 'UNKNOWN',
} as const;

const profiles: Readonly<Record<string, Profile>> = {
  /** Monitoring Plugins Development Guidelines: one line, then what was measured. */
  nagios: {
    exit: usual.exit,
    print(url, { word, detail, latencyMs }) {
      const said = oneLine(detail === '' ? url : `${url} ${detail}`).replaceAll('|', '/');
      const time = latencyMs === undefined ? '' : ` | 'time'=${(latencyMs / 1000).toFixed(6)}s;;;0`;
      return `VITALGATE ${nagiosWords[word]} - ${said}${time}`;
    },
  },
  /** Dockerfile reference, "HEALTHCHECK": 0 or 1, and 4,096 bytes are kept. */
  docker: {
    exit: ({ word }) => (word === 'healthy' || word === 'degraded' ? 0 : 1),
    print: (url, found) => cut(usual.print(url, found), 4096),
  },
  /** Script checks of Consul: 0 passing, 1 warning, anything else critical. */
  consul: {
    exit: ({ word }) => ({ healthy: 0, degraded: 1, unhealthy: 2, unknown: 2 })[word],
    print: usual.print,
  },
  /** Exit codes of grpc_health_probe: 2 no connection, 3 no answer, 4 not serving. */
  grpc: {
    exit: ({ word, isUnreachable, detail }) =>
      word === 'healthy' || word === 'degraded'
        ? 0
        : isUnreachable
          ? detail === 'timeout'
            ? 3
            : 2
          : 4,
    print: usual.print,
  },
};

export const profileNames: readonly string[] = Object.keys(profiles);

/** `vitalgate check URL`: one line and an exit code, for scripts and container health checks. */
export async function check(
  url: string,
  flags: { timeout: number; profile?: string; json?: boolean },
): Promise<void> {
  const profile = profiles[flags.profile ?? ''] ?? usual;
  const found = await look(url, flags.timeout, flags.profile === 'grpc');
  process.exitCode = profile.exit(found);
  const { word: status, detail, latencyMs } = found;
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ url, status, detail, latencyMs })}\n`
      : `${profile.print(url, found)}\n`,
  );
}

const words = { pass: 'healthy', warn: 'degraded', fail: 'unhealthy' } as const;

async function look(url: string, timeoutMs: number, isGrpc: boolean): Promise<Found> {
  const isHttp = /^https?:$/.test(URL.parse(url)?.protocol ?? '');
  if (!isGrpc && !isHttp) return notAnUrl;
  try {
    const found = await (isGrpc
      ? lookGrpc(url, timeoutMs)
      : http({ url, timeoutMs, read: true })());
    const { status, reason = '', latencyMs, fault } = found;
    // What could not be reached says nothing of its health.
    const isUnreachable = fault === 'network' && !('code' in found);
    return {
      word: isUnreachable ? 'unknown' : words[status],
      detail: reason,
      latencyMs,
      isUnreachable,
    };
  } catch {
    return notAnUrl;
  }
}

const notAnUrl: Found = {
  word: 'unknown',
  detail: 'invalid_url',
  latencyMs: undefined,
  isUnreachable: true,
};

/** `host:port`, or `grpc://host:port/service`. */
function lookGrpc(text: string, timeoutMs: number): Promise<HttpOutcome> {
  const { host, pathname } = new URL(text.includes('://') ? text : `grpc://${text}`);
  const service = pathname.replace(/^\//, '');
  return grpc({ url: `http://${host}`, service, timeoutMs })();
}
