import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** Of the client that the gateway is to it. */
export const SIGN_ON_SECRET = 'the-secret-of-this-client';

export interface SignOnProvider {
  readonly issuer: string;
  /** Paths that were asked for, oldest first. */
  readonly asked: string[];
  /** Knows the gateway whose admin API is at this address. */
  serve(admin: string): void;
  close(): void;
}

/** An OpenID provider that takes any password; whoever begins with `unverified-` has no proven e-mail. */
export async function signOnProvider(): Promise<SignOnProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked: string[] = [];
  return {
    issuer,
    asked,
    serve(admin) {
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: 'vitalgate',
            client_secret: SIGN_ON_SECRET,
            redirect_uris: [`${admin}/api/session/oidc/callback`],
          },
        ],
        pkce: { required: () => true },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        findAccount: (_context, id) => ({
          accountId: id,
          claims: () => ({
            sub: id,
            name: id,
            email: `${id.replace(/^unverified-/, '')}@example.com`,
            email_verified: !id.startsWith('unverified-'),
          }),
        }),
      });
      const answer = provider.callback();
      server.on('request', (request, response) => {
        asked.push(request.url ?? '');
        void answer(request, response);
      });
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Says yes to everything the provider asks, as a person would; the address it leads back to. */
export async function agree(start: string, login: string): Promise<URL> {
  const cookies = new Map<string, string>();
  const ask = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const one of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      cookies.set(name, value);
    }
    await answer.text();
    return answer;
  };
  const { origin } = new URL(start);
  let url = new URL(start);
  for (let steps = 0; url.origin === origin && steps < 10; steps += 1) {
    const isForm = url.pathname.startsWith('/interaction/');
    const prompt = cookies.has('agreed-once') ? 'consent' : 'login';
    if (isForm) cookies.set('agreed-once', '1');
    const answer = await ask(url.href, isForm ? { prompt, login, password: 'any' } : undefined);
    url = new URL(answer.headers.get('location') ?? '', url);
  }
  return url;
}
