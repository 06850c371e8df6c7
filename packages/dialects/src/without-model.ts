import { codec as anthropic } from './anthropic/codec.ts';
import type { ProviderCodec } from './codec.ts';
import type { JsonObject } from './intent.ts';
import { parseJson } from './json.ts';
import type { Wrapping } from './wire.ts';

/**
 * A request of Messages as resellers take it: the version in the body, the model in the path
 * alone. `betas` are the values of `anthropic-beta`, for those who want them in the body too.
 */
export const withoutModel =
  (version: string, { keepsStream }: { readonly keepsStream: boolean }) =>
  (body: JsonObject, betas: readonly string[]): JsonObject => {
    const { model: _model, stream, ...rest } = body;
    return {
      anthropic_version: version,
      ...rest,
      ...(keepsStream && stream !== undefined ? { stream } : {}),
      ...(keepsStream || betas.length === 0 ? {} : { anthropic_beta: betas }),
    };
  };

/** Messages as a reseller takes them, for callers of other dialects. */
export const resold = (wrapping: Wrapping): ProviderCodec => ({
  ...anthropic,
  writeRequest(intent, to, losses) {
    const { body } = anthropic.writeRequest(intent, to, losses);
    return { body: JSON.stringify(wrapping.wrap(parseJson(body) as JsonObject, to.betas ?? [])) };
  },
});
