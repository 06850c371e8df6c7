import { at, list, type Meaning, number, type Oracle, type Stop, sum, text } from './oracle.ts';

const stops: Record<string, Stop> = {
  STOP: 'end',
  MAX_TOKENS: 'length',
  SAFETY: 'filtered',
  RECITATION: 'filtered',
  PROHIBITED_CONTENT: 'filtered',
  BLOCKLIST: 'filtered',
  SPII: 'filtered',
  IMAGE_SAFETY: 'filtered',
  MODEL_ARMOR: 'filtered',
};

/** Adds one piece of an argument, at a path such as `$.steps[0].name`. */
function put(call: { input: unknown }, piece: unknown): void {
  const steps = text(at(piece, 'jsonPath')).match(/[^$.[\]]+|\[\d+\]/g) ?? [];
  let holder: Record<string, unknown> = call;
  let key = 'input';
  for (const step of steps) {
    const index = /^\[(\d+)\]$/.exec(step)?.[1];
    holder[key] ??= index === undefined ? {} : [];
    holder = holder[key] as Record<string, unknown>;
    key = index ?? step;
  }
  const word = at(piece, 'stringValue');
  holder[key] =
    typeof word === 'string'
      ? text(holder[key]) + word
      : (at(piece, 'numberValue') ?? at(piece, 'boolValue') ?? null);
}

function streamed(chunks: readonly unknown[]): Meaning {
  const parts = chunks.flatMap((chunk) => list(at(chunk, 'candidates', 0, 'content', 'parts')));
  const raw = chunks.map((chunk) => at(chunk, 'candidates', 0, 'finishReason')).find(Boolean);
  const isBlocked = chunks.some(
    (chunk) => at(chunk, 'promptFeedback', 'blockReason') !== undefined,
  );
  const calls: { name: string; input: unknown }[] = [];
  for (const part of parts) {
    const call = at(part, 'functionCall');
    if (call === undefined) continue;
    const name = text(at(call, 'name'));
    if (name !== '') calls.push({ name, input: at(call, 'args') ?? {} });
    const last = calls.at(-1);
    for (const piece of list(at(call, 'partialArgs'))) if (last !== undefined) put(last, piece);
  }
  const usage = chunks.map((chunk) => at(chunk, 'usageMetadata')).findLast(Boolean);
  const stop = isBlocked ? 'filtered' : (stops[text(raw)] ?? 'other');
  return {
    text: parts
      .filter((part) => at(part, 'thought') !== true)
      .map((part) => text(at(part, 'text')))
      .join(''),
    calls,
    stop: stop === 'end' && calls.length > 0 ? 'tool' : stop,
    input: sum(number(at(usage, 'promptTokenCount')), number(at(usage, 'toolUsePromptTokenCount'))),
    output: sum(number(at(usage, 'candidatesTokenCount')), number(at(usage, 'thoughtsTokenCount'))),
  };
}

export const generate: Oracle = { whole: (answer) => streamed([answer]), streamed };
