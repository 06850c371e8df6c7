import { endOfScalar, endOfString } from './scan-values.ts';

/**
 * Reads what routing and limits need from a JSON request body without parsing it: `model`, `stream`
 * and how long answers may be. The body itself is passed on byte for byte, so the scan has to agree with any
 * JSON parser (RFC 8259) about what those fields say: escaped keys are decoded, and a field of the
 * top level that occurs twice is refused, since parsers differ in which one they take.
 */

/** A request nested deeper than this is refused: upstream parsers recurse. */
const MAX_DEPTH = 64;

/** No dialect has half as many at the top level; each costs an entry of the list of those seen. */
const MAX_FIELDS = 256;

export interface ScannedRequest {
  readonly ok: true;
  /** Value of `model`; undefined when the field is absent. */
  readonly model: string | undefined;
  /** Byte range of the model's JSON string with its quotes; 0, 0 when absent. */
  readonly modelStart: number;
  readonly modelEnd: number;
  /** True only for the literal `true`. */
  readonly stream: boolean;
  /** There is a `stream` field. */
  readonly isStreamTold: boolean;
  /** How long the answer may be, in tokens; undefined when the caller does not say. */
  readonly maxTokens: number | undefined;
  /** How many answers are made at once, and paid for; undefined when the caller does not say. */
  readonly choices: number | undefined;
  /** There is a `tools` field. */
  readonly hasTools: boolean;
  /** There is a field that asks for an answer of a given form. */
  readonly hasFormat: boolean;
  /** A string of 1 KB or more begins without a space, as pictures in base64 do and prose does not. */
  readonly holdsData: boolean;
  /** Strings that begin with `http`. */
  readonly links: number;
}

export interface ScanFailure {
  readonly ok: false;
  /** What was found and what was expected, for people. */
  readonly problem: string;
  /** Byte offset of the problem. */
  readonly at: number;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What may come next; the only state a JSON scanner has beside its stack of containers. */
type Expect = 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'colon' | 'comma-or-close';

// One scan runs to its end before the next begins, so these are shared and never allocated.
const containers = new Uint8Array(MAX_DEPTH);
const seen = new Set<string>();

const fail = (problem: string, at: number): ScanFailure => ({ ok: false, problem, at });

/** Scans one request body. Linear in its length; allocates only the model's name. */
export function scanRequest(body: Buffer): ScannedRequest | ScanFailure {
  seen.clear();
  let model: string | undefined;
  let modelStart = 0;
  let modelEnd = 0;
  let stream: boolean | undefined;
  let maxTokens: number | undefined;
  let choices: number | undefined;
  let isInSettings = false;
  let isInPrompts = false;
  let prompts = 0;
  let hasTools = false;
  let hasFormat = false;
  let holdsData = false;
  let links = 0;

  let depth = 0;
  let expect: Expect = 'value';
  let field: 'model' | 'stream' | 'maxTokens' | 'choices' | undefined;
  const length = body.length;
  let i = 0;

  while (i < length) {
    const byte = body[i] as number;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      i += 1;
      continue;
    }
    if (depth === 0 && i > 0 && expect === 'comma-or-close') {
      return fail('found more text after the JSON object ended', i);
    }

    if (byte === QUOTE) {
      const end = endOfString(body, i);
      if (end === -1) return fail('found a string that does not end', i);
      if (end - i > LEAST_DATA) holdsData ||= beginsAsData(body, i);
      if (body[i + 1] === 0x68 && body[i + 2] === 0x74 && beginsAsLink(body, i)) links += 1;
      if (expect === 'key' || expect === 'key-or-close') {
        const isTop = depth === 1;
        const written: string | undefined =
          isTop || (depth === 2 && isInSettings) ? fieldName(body, i, end) : undefined;
        if (isTop && written !== undefined) {
          if (seen.has(written)) return fail(`found "${written}" twice`, i);
          if (seen.size === MAX_FIELDS) return fail(`found more than ${MAX_FIELDS} fields`, i);
          seen.add(written);
        }
        const name: Field | undefined =
          written === undefined ? undefined : (isTop ? names : settings).get(written);
        if (isTop) {
          isInSettings = name === 'settings';
          isInPrompts = name === 'prompts';
        }
        if (name === 'tools') hasTools = true;
        if (name === 'format') hasFormat = true;
        // Responses has its format, and more, inside of `text`.
        if (name === 'text') hasFormat ||= body.includes('"json_');
        field =
          name === 'model' || name === 'stream' || name === 'maxTokens' || name === 'choices'
            ? name
            : undefined;
        expect = 'colon';
      } else if (expect === 'value' || expect === 'value-or-close') {
        if (depth === 0) return fail('expected a JSON object, found a string', i);
        if (field === 'model') {
          const text = decode(body, i, end);
          if (text === undefined) return fail('found a "model" that is not a valid string', i);
          model = text;
          modelStart = i;
          modelEnd = end;
        } else if (field === 'stream') {
          return fail('expected true or false for "stream", found a string', i);
        }
        if (isInPrompts && depth === 2) prompts += 1;
        field = undefined;
        expect = 'comma-or-close';
      } else {
        return fail(`found a string where ${expectation(expect)} was expected`, i);
      }
      i = end;
      continue;
    }

    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (expect !== 'value' && expect !== 'value-or-close') {
        return fail(`found a bracket where ${expectation(expect)} was expected`, i);
      }
      if (depth === 0 && byte === OPEN_ARRAY) {
        return fail('expected a JSON object, found an array', i);
      }
      if (field === 'model' || field === 'stream') {
        return fail(`expected a plain value for "${field}"`, i);
      }
      field = undefined;
      // Prompts of numbers, each a token.
      if (isInPrompts && depth === 2) prompts += 1;
      if (depth === MAX_DEPTH) return fail(`found nesting deeper than ${MAX_DEPTH} levels`, i);
      containers[depth] = byte;
      depth += 1;
      expect = byte === OPEN_OBJECT ? 'key-or-close' : 'value-or-close';
      i += 1;
      continue;
    }

    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      const opened = depth > 0 ? containers[depth - 1] : undefined;
      const mayClose =
        byte === CLOSE_OBJECT
          ? opened === OPEN_OBJECT && (expect === 'key-or-close' || expect === 'comma-or-close')
          : opened === OPEN_ARRAY && (expect === 'value-or-close' || expect === 'comma-or-close');
      if (!mayClose)
        return fail(`found a closing bracket where ${expectation(expect)} was expected`, i);
      depth -= 1;
      expect = 'comma-or-close';
      i += 1;
      continue;
    }

    if (byte === COMMA) {
      if (expect !== 'comma-or-close') {
        return fail(`found a comma where ${expectation(expect)} was expected`, i);
      }
      expect = containers[depth - 1] === OPEN_OBJECT ? 'key' : 'value';
      i += 1;
      continue;
    }

    if (byte === COLON) {
      if (expect !== 'colon')
        return fail(`found a colon where ${expectation(expect)} was expected`, i);
      expect = 'value';
      i += 1;
      continue;
    }

    if (expect !== 'value' && expect !== 'value-or-close') {
      return fail(`found a character where ${expectation(expect)} was expected`, i);
    }
    if (depth === 0) return fail('expected a JSON object', i);
    const end = endOfScalar(body, i);
    if (end === -1) return fail('found something that is not a JSON value', i);
    if (field === 'model') return fail('expected a string for "model"', i);
    if (field === 'stream') {
      if (byte === 0x74) stream = true;
      else if (byte === 0x66 || byte === 0x6e) stream = false;
      else return fail('expected true or false for "stream", found a number', i);
    }
    if (field === 'maxTokens' || field === 'choices') {
      const number = Number(body.toString('latin1', i, end));
      if (number >= 0) {
        if (field === 'choices') choices = Math.max(choices ?? 0, number);
        else maxTokens = Math.max(maxTokens ?? 0, number);
      }
    }
    field = undefined;
    expect = 'comma-or-close';
    i = end;
  }

  if (depth > 0) return fail('the JSON object does not end', length);
  if (expect !== 'comma-or-close') return fail('expected a JSON object, found nothing', length);
  return {
    ok: true,
    model,
    modelStart,
    modelEnd,
    stream: stream === true,
    isStreamTold: stream !== undefined,
    maxTokens,
    // Each prompt has its own answers.
    choices: prompts > 1 ? prompts * Math.max(1, choices ?? 1) : choices,
    hasTools,
    hasFormat,
    holdsData,
    links,
  };
}

/** Below this a string is text. */
const LEAST_DATA = 1024;
/** No word of a prose is so long. */
const LONGEST_WORD = 256;

function beginsAsData(body: Buffer, quote: number): boolean {
  const space = body.indexOf(SPACE, quote);
  return space === -1 || space > quote + LONGEST_WORD;
}

const beginsAsLink = (body: Buffer, quote: number): boolean =>
  body[quote + 3] === 0x74 && body[quote + 4] === 0x70;

function expectation(expect: Expect): string {
  switch (expect) {
    case 'colon':
      return 'a colon';
    case 'comma-or-close':
      return 'a comma or a closing bracket';
    case 'key':
      return 'a name in quotes';
    case 'key-or-close':
      return 'a name in quotes or a closing bracket';
    case 'value':
    case 'value-or-close':
      return 'a value';
  }
}

type Field =
  | 'model'
  | 'stream'
  | 'maxTokens'
  | 'choices'
  | 'tools'
  | 'format'
  | 'text'
  | 'settings'
  | 'prompts';

/** Top-level names that are looked for. */
const names: ReadonlyMap<string, Field> = new Map([
  ['model', 'model'],
  ['stream', 'stream'],
  ['max_tokens', 'maxTokens'],
  ['max_completion_tokens', 'maxTokens'],
  ['tools', 'tools'],
  ['response_format', 'format'],
  ['output_config', 'format'],
  ['output_format', 'format'],
  ['max_output_tokens', 'maxTokens'],
  ['text', 'text'],
  ['n', 'choices'],
  // All are made, and the best are shown.
  ['best_of', 'choices'],
  ['prompt', 'prompts'],
  ['generationConfig', 'settings'],
  ['generation_config', 'settings'],
  ['options', 'settings'],
  ['inferenceConfig', 'settings'],
]);

/** Names inside of what Gemini, Ollama and Bedrock Converse keep such settings in. */
const settings: ReadonlyMap<string, Field> = new Map([
  ['maxOutputTokens', 'maxTokens'],
  ['max_output_tokens', 'maxTokens'],
  ['num_predict', 'maxTokens'],
  ['maxTokens', 'maxTokens'],
  ['candidateCount', 'choices'],
  ['candidate_count', 'choices'],
]);
/** Names of 64 characters, each of which may be written as six (`\u006d`). */
const LONGEST_NAME = 384;

/** A name as it reads; undefined for one that is too long to be any that is known. */
function fieldName(body: Buffer, start: number, end: number): string | undefined {
  const length = end - start - 2;
  if (length > LONGEST_NAME) return undefined;
  const text = body.toString('latin1', start + 1, end - 1);
  return text.includes('\\') ? decode(body, start, end) : text;
}

function decode(body: Buffer, start: number, end: number): string | undefined {
  try {
    return JSON.parse(body.toString('utf8', start, end)) as string;
  } catch {
    return undefined;
  }
}

/**
 * The body with another model name, as the parts to be written one after the other: nothing but
 * the name is copied.
 */
export function replaceModel(body: Buffer, scanned: ScannedRequest, model: string): Buffer[] {
  if (scanned.model === model) return [body];
  return [
    body.subarray(0, scanned.modelStart),
    Buffer.from(JSON.stringify(model)),
    body.subarray(scanned.modelEnd),
  ];
}
