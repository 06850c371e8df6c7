import { z } from 'zod';
import { flag, httpUrl, known } from './fields.ts';
import { duration } from './quantities.ts';

/** Single sign-on with an OpenID provider (OpenID Connect Core 1.0, authorization code with PKCE). */
const oidc = known({
  /** On the button. */
  name: z.string().min(1).max(64),
  issuer: httpUrl,
  clientId: z.string().min(1).max(512),
  clientSecret: z.string().min(8).max(1024),
  /** The provider may live on a private address, and speak plain HTTP. */
  private: flag.default(false),
  /** Of whom nobody has invited; absent: they are refused. */
  role: z
    .enum(['viewer', 'operator', 'owner'], { error: 'expected one of: viewer, operator, owner' })
    .optional(),
});
export type OidcConfig = z.output<typeof oidc>;

/** The section `console`: how people come to it and how long they stay signed in. */
export const console = known({
  /** Where people open it, when a proxy stands before it: links lead there. */
  url: httpUrl.optional(),
  idleTimeout: duration().default(30 * 60_000),
  sessionTimeout: duration().default(12 * 60 * 60_000),
  oidc: oidc.optional(),
});
