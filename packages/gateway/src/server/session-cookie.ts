import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * The cookie that holds a session's token. Behind TLS it has the `__Host-` prefix and `Secure`, so
 * that no other host, path or plain connection can set or see it (RFC 6265bis, section 4.1.3.2).
 * Browsers drop such a cookie on a plain connection, so on plain HTTP, which is meant for the
 * loopback address alone, it goes by another name and without `Secure`.
 */
const SECURE_NAME = '__Host-vitalgate';
const PLAIN_NAME = 'vitalgate';

const TOKEN = /^[\w-]{43}$/;

export function readSessionCookie(request: FastifyRequest, isSecure: boolean): string | undefined {
  return readCookie(request, nameOf(isSecure), TOKEN);
}

/** Sets the cookie, or takes it away where there is no token. */
export function writeSessionCookie(
  reply: FastifyReply,
  isSecure: boolean,
  token: string | undefined,
  maxAgeMs: number,
): void {
  const name = nameOf(isSecure);
  const age = token === undefined ? 0 : Math.floor(maxAgeMs / 1000);
  const secure = isSecure ? '; Secure' : '';
  void reply.header(
    'set-cookie',
    `${name}=${token ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure}`,
  );
}

/** Of the way to the single sign-on and back, which is a navigation from another site: Lax. */
const SIGN_ON_S = 300;
/** A compact JWE (RFC 7516, section 7.1). */
const SEALED = /^[\w.-]{20,4000}$/;

export function readSignOnCookie(request: FastifyRequest, isSecure: boolean): string | undefined {
  return readCookie(request, nameOf(isSecure, '-sign-on'), SEALED);
}

export function writeSignOnCookie(
  reply: FastifyReply,
  isSecure: boolean,
  sealed: string | undefined,
): void {
  const age = sealed === undefined ? 0 : SIGN_ON_S;
  const secure = isSecure ? '; Secure' : '';
  void reply.header(
    'set-cookie',
    `${nameOf(isSecure, '-sign-on')}=${sealed ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`,
  );
}

const nameOf = (isSecure: boolean, of = ''): string =>
  `${isSecure ? SECURE_NAME : PLAIN_NAME}${of}`;

function readCookie({ headers }: FastifyRequest, name: string, form: RegExp): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1).trim();
    if (pair.slice(0, at).trim() === name && form.test(value)) return value;
  }
  return undefined;
}
