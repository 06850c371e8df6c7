import { inputOf } from '../arguments.ts';
import type { Addressee } from '../codec.ts';
import { RequestError } from '../errors.ts';
import type {
  Block,
  ReasoningBlock,
  Source,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../intent.ts';
import type { Losses } from '../losses.ts';
import { sniffed, typeOfName } from '../media.ts';
import { fits } from '../seal.ts';
import { rejoined } from '../turns.ts';

/** What Google lets pass in the place of a signature that is not at hand (Gemini API, "Thought signatures"). */
const NO_SIGNATURE = 'skip_thought_signature_validator';

/** Writes `contents` from turns whose roles alternate and of which none instructs. */
export function writeTurns(turns: readonly Turn[], to: Addressee, losses: Losses): object[] {
  const order = callOrder(turns);
  const written = turns.flatMap((turn) => {
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const writer = new PartWriter(to, losses);
    const results = turn.blocks
      .filter((block) => block.kind === 'tool-result')
      .toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
      .flatMap((result) => writer.write(result));
    const others = turn.blocks.filter(({ kind }) => kind !== 'tool-result');
    const rest = others.flatMap((block) => writer.write(block));
    const parts = [...results, ...writer.behind, ...rest];
    return parts.length === 0 ? [] : [{ role, parts }];
  });
  return rejoined(written, 'parts');
}

/** Results have no ids: they are told in the order of their calls. */
function callOrder(turns: readonly Turn[]): ReadonlyMap<string, number> {
  const ids = turns.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'tool-call' ? [block.id] : [])),
  );
  return new Map(ids.map((id, index) => [id, index]));
}

class PartWriter {
  /** What stands behind the results of tools, which come first and together. */
  readonly behind: object[] = [];
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
        return this.#text(block);
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
        return this.#thought(block);
      case 'foreign':
        if (block.dialect === 'gemini') return [block.value as object];
        this.#losses.dropped(path, `${block.type} has no form in this dialect`);
        return [];
    }
  }

  #text(block: TextBlock): object[] {
    const { text } = block;
    const signed = this.#signature(block);
    return text === '' && !('thoughtSignature' in signed) ? [] : [{ text, ...signed }];
  }

  /** Thoughts that are not signed Gemini does not want back. */
  #thought(block: ReasoningBlock): object[] {
    const { text, seal, path } = block;
    if (seal === undefined || !fits(seal, this.#to.origin)) {
      this.#losses.dropped(path, 'reasoning of another model is not passed on');
      return [];
    }
    return seal.data === '' ? [] : [{ text, thought: true, ...this.#signature(block) }];
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
    const media = content.flatMap((one) =>
      one.kind === 'text' ? [] : this.#media(one.source, one.kind, one.path),
    );
    const parts = this.#to.profile.mediaResults ? { parts: media } : {};
    if (!this.#to.profile.mediaResults && media.length > 0) {
      this.#losses.altered(path, 'what a tool brought beside text stands behind its result');
      this.behind.push(...media);
    }
    const told = media.length === 0 ? {} : parts;
    return [{ functionResponse: { name: name ?? id, response, ...told } }];
  }

  #media(source: Source, kind: string, path: string): object[] {
    if (source.type === 'text') return [{ text: source.text }];
    if (source.type === 'data') {
      const mimeType = sniffed(source.data) ?? source.mediaType;
      return [{ inlineData: { mimeType, data: source.data } }];
    }
    if (source.type === 'stored') {
      this.#losses.dropped(path, `this ${kind} is stored at another vendor`);
      return [];
    }
    const { url: fileUri, mediaType } = source;
    if (!this.#to.profile.fetchesFiles && !OWN_FILES.test(fileUri)) {
      throw new RequestError(path, fileUri, 'its content, since this model fetches nothing');
    }
    return [{ fileData: { mimeType: mediaType ?? typeOfName(fileUri), fileUri } }];
  }
}

/** Files of Google's, which all models fetch (Gemini API, "File input methods"). */
const OWN_FILES =
  /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.|m\.)?youtu)/;
