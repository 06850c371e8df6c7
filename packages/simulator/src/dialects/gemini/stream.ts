import type { JsonObject } from '../../json.ts';
import { piecesOf } from '../../toy/tokens.ts';
import type { Frame } from '../dialect.ts';
import { blocked, type Candidate, type Generated, type Part } from './answer.ts';

/**
 * The chunks of `streamGenerateContent`, each a `GenerateContentResponse` with the next parts and
 * the usage so far: text in pieces, every call whole in a chunk of its own, then the finish
 * reason. Several candidates come one after another.
 */
export function* contentFrames(generated: Generated): Generator<Frame> {
  const { candidates, usage, modelVersion, responseId } = generated;
  const { promptTokenCount, promptTokensDetails } = usage;
  const chunk = (told: object, isLast: boolean, tokens: number): Frame => {
    const soFar = { promptTokenCount, totalTokenCount: promptTokenCount, promptTokensDetails };
    const usageMetadata = isLast ? usage : soFar;
    return { data: JSON.stringify({ ...told, usageMetadata, modelVersion, responseId }), tokens };
  };
  if (candidates.length === 0) yield chunk(blocked, true, 0);
  for (const [index, candidate] of candidates.entries()) {
    for (const part of partsInPieces(candidate)) {
      const content = { parts: [part], role: 'model' };
      yield chunk({ candidates: [{ content, index }] }, false, 1);
    }
    const content = { parts: [{ text: '', ...closing(candidate) }], role: 'model' };
    const { finishReason } = candidate;
    const isLast = index === candidates.length - 1;
    yield chunk({ candidates: [{ content, finishReason, index }] }, isLast, 0);
  }
}

function* partsInPieces({ parts }: Candidate): Generator<JsonObject | Part> {
  for (const part of parts) {
    if (part.text === undefined) {
      yield part;
      continue;
    }
    const thought = part.thought === true ? { thought: true } : {};
    for (const text of piecesOf(part.text)) yield { text, ...thought };
  }
}

/** The signature of a text comes after it, on an empty one. */
function closing({ parts }: Candidate): JsonObject {
  const signature = parts.findLast((part) => part.text !== undefined)?.thoughtSignature;
  return signature === undefined ? {} : { thoughtSignature: signature };
}

/** `?alt=sse`: server-sent events without names and without a terminator. */
export function* asEvents(frames: Iterable<Frame>): Generator<Frame> {
  for (const { data, tokens } of frames) {
    yield { data: `data: ${String(data)}\r\n\r\n`, tokens };
  }
}

/** Without it: one JSON array, an element at a time. */
export function* asArray(frames: Iterable<Frame>): Generator<Frame> {
  let before = '[';
  for (const { data, tokens } of frames) {
    yield { data: `${before}${String(data)}`, tokens };
    before = ',\r\n';
  }
  yield { data: '\r\n]', tokens: 0 };
}
