import type { Operation, ScannedRequest } from '@vitalgate/dialects';

/** Tokens, as they are told of one call. */
export interface TokenEstimate {
  readonly input: number;
  readonly output: number;
}

/** What nearly all answers stay below when a caller names no limit. */
const USUAL_ANSWER = 1000;
/** Tokenizers make a token of three to five bytes of text; three errs on the safe side. */
const BYTES_PER_TOKEN = 3;
/** A picture or a page costs about so much, however many bytes it has. */
const TOKENS_PER_MEDIUM = 2000;

/** Tokens a request will cost at most, as far as one can tell before it is sent. */
export function estimateTokens(
  body: Buffer,
  scanned: Pick<ScannedRequest, 'maxTokens' | 'choices' | 'holdsData' | 'links'>,
  operation: Operation,
): TokenEstimate {
  if (operation === 'count-tokens' || operation === 'models') return { input: 0, output: 0 };
  const { maxTokens, choices, holdsData, links } = scanned;
  const media = holdsData ? mediaIn(body) : NO_MEDIA;
  const text = body.length - media.bytes;
  // Pictures by their address are fetched by the provider, and cost as much.
  const input = Math.ceil(text / BYTES_PER_TOKEN) + (media.count + links) * TOKENS_PER_MEDIUM;
  if (isEmbedding(operation)) return { input, output: 0 };
  return { input, output: Math.ceil((maxTokens ?? USUAL_ANSWER) * Math.max(1, choices ?? 1)) };
}

/** What has vectors for an answer, and no tokens. */
export const isEmbedding = (operation: Operation): boolean =>
  operation === 'embedding' || operation === 'embeddings';

/** Below this nothing but text fits. */
const LEAST_MEDIUM = 1024;

// Buffers, for a string is turned into one at each search, and every request is searched.

/** Where base64 begins: OpenAI's `data:` URLs, the fields of Anthropic and Gemini, and Bedrock's. */
const MARKS = [';base64,', '"data":', '"bytes":'].map((mark) => Buffer.from(mark));
const QUOTE = 0x22;
const SPACE = 0x20;
const COLON = 0x3a;

const NO_MEDIA = { count: 0, bytes: 0 };

function mediaIn(body: Buffer): { count: number; bytes: number } {
  let count = 0;
  let bytes = 0;
  for (const mark of MARKS) {
    for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at)) {
      at += mark.length;
      if (mark.at(-1) === COLON) {
        // A field's value: it may stand apart, and be no string at all.
        if (body[at] === SPACE) at += 1;
        if (body[at] !== QUOTE) continue;
        at += 1;
      }
      const end = body.indexOf(QUOTE, at);
      if (end === -1) break;
      // A field may hold a `data:` URL, which is counted by its own mark.
      if (end - at < LEAST_MEDIUM || body.toString('latin1', at, at + 5) === 'data:') continue;
      count += 1;
      bytes += end - at;
      at = end;
    }
  }
  return { count, bytes };
}
