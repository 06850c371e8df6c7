import type { Answer, Ask, Reasoning, ToolCall } from './ask.ts';
import { callsFor } from './calls.ts';
import { Random } from './random.ts';
import { sample } from './sample.ts';
import { countTokens, firstTokens } from './tokens.ts';
import { phrase, sentences } from './trigram.ts';

/** Every text begins with it, so that nobody takes the toy for a model. */
export const label = '[simulated] ';

const reasoningSentences: Readonly<Record<Reasoning, number>> = {
  none: 0,
  low: 2,
  medium: 5,
  high: 10,
};

/**
 * The same ask with the same seed gets the same answer. With `hugeBytes` the text is of that size,
 * whatever the ask allows.
 */
export function compose(ask: Ask, seed: string, hugeBytes?: number): Answer {
  const random = new Random(seed, ask.model, ask.userText, ask.variation, ...ask.toolResults);
  const budget = (hugeBytes === undefined ? ask.maxTokens : undefined) ?? Infinity;

  const reasoning = reason(ask, random, budget);
  const reasoningTokens = countTokens(reasoning);
  const left = budget - reasoningTokens;

  const calls = hugeBytes === undefined ? callsFor(ask, random) : [];
  if (calls.length > 0) return called(ask, calls, reasoning, reasoningTokens, left);

  const whole = hugeBytes === undefined ? say(ask, random) : huge(ask, random, hugeBytes);
  const stopped = cutAtStop(whole, ask.stop);
  const text = Number.isFinite(left) ? firstTokens(stopped.text, left) : stopped.text;
  const cutShort = text.length < stopped.text.length;
  return {
    reasoning,
    text,
    calls: [],
    end: cutShort ? 'length' : stopped.at === undefined ? 'finished' : 'stop-sequence',
    stopSequence: cutShort ? undefined : stopped.at,
    reasoningTokens,
    outputTokens: reasoningTokens + countTokens(text),
  };
}

function called(
  ask: Ask,
  calls: readonly ToolCall[],
  reasoning: string,
  reasoningTokens: number,
  left: number,
): Answer {
  const names = calls.map((call) => call.name).join(', ');
  const text = ask.speaksBeforeTools ? `${label}I will call ${names}.` : '';
  let tokens = countTokens(text);
  for (const call of calls) tokens += countTokens(call.name + JSON.stringify(call.arguments));
  // A call cut in the middle is no call: vendors then end with their word for "too long" as well.
  const fits = tokens <= left;
  return {
    reasoning,
    text: fits ? text : firstTokens(text, left),
    calls: fits ? calls : [],
    end: fits ? 'tool-calls' : 'length',
    stopSequence: undefined,
    reasoningTokens,
    outputTokens: reasoningTokens + (fits ? tokens : left),
  };
}

function reason(ask: Ask, random: Random, budget: number): string {
  const count = reasoningSentences[ask.reasoning];
  if (count === 0) return '';
  const text = `${label}The question is ${quote(ask.userText)}. ${sentences(random, count)}`;
  return Number.isFinite(budget) ? firstTokens(text, budget) : text;
}

function say(ask: Ask, random: Random): string {
  if (ask.format === 'text') {
    return `${label}${facts(ask)}${sentences(random, random.whole(2, 4))}`;
  }
  if (ask.format === 'json') {
    return JSON.stringify({
      simulated: true,
      about: quote(ask.userText),
      answer: `${label}${sentences(random, 1)}`,
    });
  }
  return JSON.stringify(sample(ask.format.schema, random, () => phrase(random, 3)));
}

/** What the toy noticed about the prompt, so that a reader sees that it arrived. */
function facts(ask: Ask): string {
  const noticed: string[] = [];
  if (ask.toolResults.length > 0) {
    noticed.push(`The tools answered ${ask.toolResults.map(quote).join(' and ')}.`);
  } else if (ask.userText !== '') {
    noticed.push(`You said ${quote(ask.userText)}.`);
  }
  for (const kind of new Set(ask.attachments)) {
    const count = ask.attachments.filter((other) => other === kind).length;
    noticed.push(`You sent ${count} ${kind}${count === 1 ? '' : 's'}.`);
  }
  return noticed.map((fact) => `${fact} `).join('');
}

const longestQuote = 80;

function quote(text: string): string {
  const line = text
    .slice(0, 4 * longestQuote)
    .replaceAll(/\s+/g, ' ')
    .trim();
  const short = Array.from(line).slice(0, longestQuote).join('');
  return short === line ? `“${line}”` : `“${short.trimEnd()}…”`;
}

/** A text of `bytes` bytes of UTF-8, or up to three more where a character does not fit. */
function huge(ask: Ask, random: Random, bytes: number): string {
  const page = `${sentences(random, 40).replaceAll(/[^\u0020-\u007e]/g, '-')} `;
  const beginning = `${label}${facts(ask)}`;
  const missing = Math.max(0, bytes - Buffer.byteLength(beginning));
  return beginning + page.repeat(Math.ceil(missing / page.length)).slice(0, missing);
}

function cutAtStop(
  text: string,
  stops: readonly string[],
): { readonly text: string; readonly at: string | undefined } {
  let end = text.length;
  let at: string | undefined;
  for (const stop of stops) {
    const found = stop === '' ? -1 : text.indexOf(stop);
    if (found !== -1 && found < end) {
      end = found;
      at = stop;
    }
  }
  return { text: text.slice(0, end), at };
}
