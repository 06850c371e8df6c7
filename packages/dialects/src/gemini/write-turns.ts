import { inputOf } from '../arguments.ts';
import type { Addressee } from '../codec.ts';
import type { Block, Source, ToolCallBlock, ToolResultBlock, Turn } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { sniffed } from '../media.ts';
import { fits } from '../seal.ts';

/** What Google lets pass in the place of a signature that is not at hand (Gemini API, "Thought signatures"). */
const NO_SIGNATURE = 'skip_thought_signature_validator';

/** Writes `contents` from turns whose roles alternate and of which none instructs. */
export function writeTurns(turns: readonly Turn[], to: Addressee, losses: Losses): object[] {
  const order = callOrder(turns);
  return turns.flatMap((turn) => {
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const writer = new PartWriter(to, losses);
    const parts = inCallOrder(turn.blocks, order).flatMap((block) => writer.write(block));
    return parts.length === 0 ? [] : [{ role, parts }];
  });
}

/** Results have no ids: they are told in the order of their calls. */
function callOrder(turns: readonly Turn[]): ReadonlyMap<string, number> {
  const ids = turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'tool-call' ? [block.id] : [])),
  );
  return new Map(ids.map((id, index) => [id, index]));
}

function inCallOrder(blocks: readonly Block[], order: ReadonlyMap<string, number>): Block[] {
  const isResult = (block: Block) => block.kind === 'tool-result';
  const results = blocks.filter((block): block is ToolResultBlock => block.kind === 'tool-result');
  const sorted = results.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  return [...sorted, ...blocks.filter((block) => !isResult(block))];
}

class PartWriter {
  readonly #to: Addressee;
  readonly #losses: Losses;
  #hasCall = false;

  constructor(to: Addressee, losses: Losses) {
    this.#to = to;
    this.#losses = losses;
  }

  write(block: Block): object[] {
    const { cache, path } = block;
    if (cache !== undefined) {
      this.#losses.dropped(`${path}.cache_control`, 'this provider caches by itself');
    }
    switch (block.kind) {
      case 'text':
        return block.text === '' ? [] : [{ text: block.text, ...this.#signature(block) }];
      case 'refusal':
        return [{ text: block.text }];
      case 'image':
      case 'audio':
      case 'file':
        return this.#media(block.source, block.kind, path);
      case 'tool-call':
        return [this.#call(block)];
      case 'tool-result':
        return this.#result(block);
      case 'reasoning':
        // Its own thoughts Gemini does not want back, beyond the signatures of what they led to.
        if (block.seal === undefined || !fits(block.seal, this.#to.origin)) {
          this.#losses.dropped(path, 'reasoning of another model is not passed on');
        }
        return [];
      case 'foreign':
        if (block.dialect === 'gemini') return [block.value as object];
        this.#losses.dropped(path, `${block.type} has no form in this dialect`);
        return [];
    }
  }

  #signature({ seal }: Pick<Block, 'seal'>): object {
    return seal !== undefined && seal.data !== '' && fits(seal, this.#to.origin)
      ? { thoughtSignature: seal.data }
      : {};
  }

  #call(block: ToolCallBlock): object {
    const args = inputOf(block.arguments);
    if (args === undefined) {
      this.#losses.altered(
        block.path,
        'arguments that are no JSON object were sent as text in one',
      );
    }
    const signed = this.#signature(block);
    const isFirst = !this.#hasCall;
    this.#hasCall = true;
    // Models that sign refuse the first call of a turn without one.
    const isMissing = isFirst && this.#to.profile.sealedCalls && !('thoughtSignature' in signed);
    const unsigned = isMissing ? { thoughtSignature: NO_SIGNATURE } : {};
    const functionCall = { name: block.name, args: args ?? { invalid_json: block.arguments } };
    return { functionCall, ...signed, ...unsigned };
  }

  #result({ id, name, content, isError, path }: ToolResultBlock): object[] {
    const text = content.map((one) => (one.kind === 'text' ? one.text : '')).join('\n');
    const response = isError ? { error: text } : { output: text };
    const parts: object[] = [{ functionResponse: { name: name ?? id, response } }];
    for (const one of content) {
      if (one.kind === 'text') continue;
      this.#losses.altered(path, 'what a tool brought beside text stands behind its result');
      parts.push(...this.#media(one.source, one.kind, one.path));
    }
    return parts;
  }

  #media(source: Source, kind: string, path: string): object[] {
    if (source.type === 'text') return [{ text: source.text }];
    if (source.type === 'data') {
      const mimeType = sniffed(source.data) ?? source.mediaType;
      return [{ inlineData: { mimeType, data: source.data } }];
    }
    if (source.type === 'url' && KNOWN_FILES.test(source.url)) {
      const mimeType = source.mediaType === undefined ? {} : { mimeType: source.mediaType };
      return [{ fileData: { fileUri: source.url, ...mimeType } }];
    }
    this.#losses.dropped(path, `${kind} by address: this provider wants its content`);
    return [];
  }
}

/** Where Gemini fetches files itself (Gemini API, "File input methods"). */
const KNOWN_FILES =
  /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.)?youtu)/;
