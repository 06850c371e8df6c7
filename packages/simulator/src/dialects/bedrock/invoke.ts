import { isObject, isString, type JsonObject, stringOf } from '../../json.ts';
import { compose } from '../../toy/compose.ts';
import { messageBody, messageOf } from '../anthropic/answer.ts';
import { countPrompt, readMessages } from '../anthropic/request.ts';
import { messageFrames } from '../anthropic/stream.ts';
import type { Call, Frame, House, Operation, Reply } from '../dialect.ts';
import { eventFrame } from './frames.ts';
import { objectAt, readConverse } from './request.ts';
import { invalid } from './rules.ts';

/** `InvokeModel` and `InvokeModelWithResponseStream` of Claude: the body is Anthropic's. */
export const invokeModel =
  (stream: boolean): Operation['answer'] =>
  (call: Call, house: House): Reply => {
    const { named = '' } = call;
    const request = readMessages(anthropicBody(call.body, named));
    const answer = compose(request.ask, house.seed, call.hugeBytes);
    const message = messageOf(request, answer, call.ids, house.memory);
    if (!stream) return { kind: 'whole', body: messageBody(message), tokens: answer.outputTokens };
    const frames = chunks(messageFrames(message), {
      inputTokenCount: request.prompt.tokens,
      outputTokenCount: answer.outputTokens,
      invocationLatency: 200 + 10 * answer.outputTokens,
      firstByteLatency: 200,
    });
    return { kind: 'stream', contentType: 'application/vnd.amazon.eventstream', frames };
  };

/** The model is in the path, and so is whether it streams: neither may be in the body. */
function anthropicBody(body: JsonObject, model: string): JsonObject {
  const stray = ['model', 'stream'].find((name) => name in body);
  if (stray !== undefined) {
    throw invalid(
      `Malformed input request: #: extraneous key [${stray}] is not permitted, please reformat your input and try again.`,
    );
  }
  const { anthropic_version: version, anthropic_beta: _, ...rest } = body;
  if (version !== 'bedrock-2023-05-31') {
    throw invalid(
      version === undefined
        ? 'Malformed input request: #: required key [anthropic_version] not found, please reformat your input and try again.'
        : `Invalid API version: ${stringOf(version)}`,
    );
  }
  return { ...rest, model };
}

/** Anthropic's events, each as base64 in one of Bedrock's, and what it took in the last. */
function* chunks(frames: Iterable<Frame>, metrics: object): Generator<Frame> {
  for (const { data, tokens } of frames) {
    const event = JSON.parse(/^data: (.*)$/m.exec(String(data))?.[1] ?? '{}') as JsonObject;
    const told =
      event['type'] === 'message_stop'
        ? { ...event, 'amazon-bedrock-invocationMetrics': metrics }
        : event;
    const bytes = Buffer.from(JSON.stringify(told)).toString('base64');
    yield { data: eventFrame('chunk', { bytes }), tokens };
  }
}

/** `CountTokens`: of a request as it would go to Converse or to InvokeModel. */
export function countTokens({ body, named = '' }: Call): Reply {
  const input = objectAt(body, 'input');
  const { body: encoded } = objectAt(input, 'invokeModel');
  const tokens = isString(encoded)
    ? countPrompt(anthropicBody(decoded(encoded), named))
    : readConverse(objectAt(input, 'converse'), named).prompt.tokens;
  return { kind: 'whole', body: JSON.stringify({ inputTokens: tokens }), tokens: 0 };
}

function decoded(encoded: string): JsonObject {
  try {
    const body: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString());
    if (isObject(body)) return body;
  } catch {
    // What it is not is told below.
  }
  throw invalid('The body of input.invokeModel is not a JSON object.');
}
