import { expect } from 'vitest';
import type { DialectName, ProviderDialect } from '../codec.ts';
import type { CallerForm } from '../intent.ts';
import { parseJson } from '../json.ts';
import { profileOf } from '../profile.ts';
import { wires } from '../wires.ts';
import { readIntent, translate, type Translation } from '../translate.ts';

/**
 * One trap that other translators have fallen into, as a request or an answer that shows it. What
 * is expected is a part of what is sent or told.
 */
export interface Case {
  readonly pitfall: number;
  readonly what: string;
  readonly from: DialectName;
  readonly to: ProviderDialect;
  readonly asked?: object;
  readonly model?: string;
  readonly url?: string;
  readonly form?: CallerForm;
  /** Of the provider's request. */
  readonly sent?: object;
  /** Names that must not be anywhere in it. */
  readonly unsent?: readonly string[];
  /** Paths of what is told to be lost, and no others. */
  readonly lost?: readonly string[];
  readonly refused?: RegExp;
  /** The provider's answer, and what the caller is told: of JSON, or of the frames of a stream. */
  readonly answer?: object;
  readonly stream?: readonly string[];
  readonly told?: object;
  readonly tells?: readonly RegExp[];
  readonly untold?: readonly RegExp[];
  /** Whether the stream ends well; true where nothing is said. */
  readonly isWhole?: boolean;
}

const hello = {
  'openai-chat': { messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { input: 'Hi' },
  anthropic: { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
  ollama: { messages: [{ role: 'user', content: 'Hi' }] },
  bedrock: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
} as const satisfies Record<DialectName, object>;

export function check(one: Case): void {
  const { refused, sent, unsent = [], lost, answer, stream, told } = one;
  if (refused !== undefined) {
    expect(() => passage(one)).toThrow(refused);
    return;
  }
  const translation = passage(one);
  if (sent !== undefined) expect(JSON.parse(translation.body)).toMatchObject(sent);
  for (const name of unsent) expect(translation.body).not.toContain(`"${name}"`);
  if (lost !== undefined) {
    expect(translation.losses.all.map(({ path }) => path).sort()).toEqual([...lost].sort());
  }
  if (answer !== undefined) {
    const text = translation.answer(JSON.stringify(answer));
    if (told !== undefined) expect(JSON.parse(text)).toMatchObject(told);
    hears(one, text);
  }
  if (stream !== undefined) hears(one, streamed(translation, one));
}

function hears({ tells = [], untold = [] }: Case, text: string): void {
  for (const pattern of tells) expect(text).toMatch(pattern);
  for (const pattern of untold) expect(text).not.toMatch(pattern);
}

export function passage({
  from,
  to,
  asked = {},
  model = 'm',
  url,
  form,
  stream,
}: Case): Translation {
  const isStream = stream !== undefined;
  const told = from === 'gemini' || from === 'bedrock' ? {} : { stream: isStream };
  const body = parseJson(JSON.stringify({ model: 'chat', ...told, ...hello[from], ...asked }));
  const intent = readIntent(from, { body, model: 'chat', stream: isStream, form });
  const profile = profileOf(new URL(url ?? 'https://example.com/v1'), model);
  const addressee = { model, origin: `${wires[to].like ?? to}/p`, profile };
  return translate(intent, to, addressee, { model: 'chat', id: 'r1', created: 0 });
}

/** In pieces of seven bytes: every cut that may hurt is among them. */
function streamed(translation: Translation, { stream = [], isWhole = true }: Case): string {
  const out = translation.stream();
  const bytes = Buffer.from(stream.join(''));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 7) {
    out.push(bytes.subarray(at, at + 7));
    pieces.push(out.take());
  }
  out.end();
  pieces.push(out.take());
  expect(out.finished && out.failed === undefined).toBe(isWhole);
  return Buffer.concat(pieces).toString();
}

export const data = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
export const DONE = 'data: [DONE]\n\n';
/** A chunk of Chat Completions. */
export const chunk = (delta: object, finish_reason: string | null = null, index = 0): string =>
  data({ id: 'c1', model: 'm', choices: [{ index, delta, finish_reason }] });
/** An event of Messages. */
export const event = (value: {
  readonly type: string;
  readonly [field: string]: unknown;
}): string => `event: ${value.type}\n${data(value)}`;
