/** Names what sockets, TLS and clients can report, in codes that are safe to show anybody. */

const reasons: Readonly<Record<string, string>> = {
  // Node's sockets and resolver.
  ECONNREFUSED: 'connect_refused',
  ETIMEDOUT: 'connect_timeout',
  ENOTFOUND: 'dns_not_found',
  ENODATA: 'dns_not_found',
  EAI_AGAIN: 'dns_unavailable',
  ESERVFAIL: 'dns_unavailable',
  EREFUSED: 'dns_unavailable',
  ETIMEOUT: 'dns_unavailable',
  ECANCELLED: 'timeout',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  // TLS.
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_not_yet_valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate_untrusted',
  // Files.
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  EMFILE: 'out_of_files',
  ENFILE: 'out_of_files',
  // PostgreSQL (SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html).
  '28P01': 'credentials_refused',
  '28000': 'credentials_refused',
  '3D000': 'no_such_database',
  '53300': 'too_many_connections',
  '57P01': 'shutting_down',
  '57P03': 'starting_up',
  // MySQL and MariaDB.
  ER_ACCESS_DENIED_ERROR: 'credentials_refused',
  ER_BAD_DB_ERROR: 'no_such_database',
  ER_CON_COUNT_ERROR: 'too_many_connections',
  ER_SERVER_SHUTDOWN: 'shutting_down',
  // NATS.
  DISCONNECT: 'not_connected',
  CONNECTION_CLOSED: 'not_connected',
  CONNECTION_REFUSED: 'connect_refused',
  AUTHORIZATION_VIOLATION: 'credentials_refused',
};

/** The public code of anything thrown; its own text is never shown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  // What a timed-out AbortSignal gives as its reason.
  if (error.name === 'TimeoutError') return 'timeout';
  if (error.name === 'AbortError') return 'aborted';
  const code = codeOf(error);
  const reason = reasons[code];
  if (reason !== undefined) return reason;
  if (code.startsWith('HPE_')) return 'malformed_answer';
  return /^(ERR_TLS|ERR_SSL|CERT_|EPROTO)/.test(code) ? 'tls_error' : 'failed';
}

function codeOf(error: Error & { code?: unknown }): string {
  if (typeof error.code === 'string') return error.code;
  // Happy Eyeballs reports one error per address (RFC 8305); the first speaks for all.
  const [first] = error instanceof AggregateError ? error.errors : [];
  // fetch() says "fetch failed" and keeps what happened as the cause.
  const inner: unknown = first ?? error.cause;
  return inner instanceof Error ? codeOf(inner) : '';
}
