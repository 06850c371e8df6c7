import { z } from 'zod';
import { flag, httpUrl, known, name } from './fields.ts';
import { limits } from './limits.ts';
import { duration } from './quantities.ts';

/** The section `access.jwt`: issuers whose tokens are keys. */

/** Signatures that only the issuer can make; a shared secret or none is no proof (RFC 8725). */
export const jwtAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

const claim = z.string().min(1).max(200);

export const jwtIssuer = known({
  name,
  /** As `iss` has it, letter for letter. */
  issuer: z.string().min(1).max(500),
  /** One of these must be in `aud`. */
  audience: z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(z.string().min(1)).min(1, { error: 'expected the audience that tokens are made for' }),
  ),
  jwks: httpUrl,
  /** The address of `jwks` may be on a private network. */
  private: flag.default(false),
  algorithms: z
    .array(z.enum(jwtAlgorithms, { error: `expected one of: ${jwtAlgorithms.join(', ')}` }))
    .min(1)
    .default(['RS256', 'ES256']),
  /** Between the issuer's clock and ours. */
  leeway: duration().default(30_000),
  /** Which claims say what; without a claim for it, a token may use every model. */
  claims: known({
    name: claim.default('sub'),
    team: claim.optional(),
    models: claim.optional(),
  }).prefault({}),
  /** For each caller. */
  limits,
  guardrails: z.array(name).optional(),
});

export type JwtIssuerConfig = z.output<typeof jwtIssuer>;
