import { inputOf } from '../arguments.ts';
import type { Addressee } from '../codec.ts';
import { RequestError } from '../errors.ts';
import { idFor } from '../ids.ts';
import type {
  Block,
  FileBlock,
  ReasoningBlock,
  Source,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../intent.ts';
import type { Losses } from '../losses.ts';
import { fits } from '../seal.ts';
import { rejoined } from '../turns.ts';
import type { CachePoints } from './cache.ts';
import { documentTypes, formatOf, imageTypes, soundFormatOf } from './media.ts';

interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: object[];
}

/** Writes `messages` from turns whose roles alternate and of which none instructs. */
export class TurnWriter {
  readonly #to: Addressee;
  readonly #points: CachePoints;
  readonly #losses: Losses;
  /** Two documents of one name are refused. */
  readonly #names = new Set<string>();

  constructor(to: Addressee, points: CachePoints, losses: Losses) {
    this.#to = to;
    this.#points = points;
    this.#losses = losses;
  }

  write(turns: readonly Turn[]): Message[] {
    const written = turns.flatMap(({ role, blocks }): Message[] => {
      const content = inOrder(blocks).flatMap((block) => {
        const written = this.#block(block);
        // Behind nothing there is nothing to cache.
        return written.length === 0
          ? []
          : [...written, ...this.#points.after(block.cache, block.path)];
      });
      const name = role === 'assistant' ? 'assistant' : 'user';
      return content.length === 0 ? [] : [{ role: name, content }];
    });
    return rejoined(written, 'content');
  }

  #block(block: Block): object[] {
    switch (block.kind) {
      case 'text':
      case 'refusal':
        return block.text.trim() === '' ? [] : [{ text: block.text }];
      case 'image':
      case 'file':
      case 'audio': {
        const written = this.#media(block);
        if (written === undefined) break;
        return [written];
      }
      case 'tool-call':
        return [this.#call(block)];
      case 'tool-result':
        return [this.#result(block)];
      case 'reasoning':
        return this.#reasoning(block);
      case 'foreign':
        if (block.dialect === 'bedrock') return [block.value as object];
        this.#losses.dropped(block.path, `${block.type} has no form in this dialect`);
        return [];
    }
    this.#losses.dropped(block.path, `${block.kind} of this kind has no form in this dialect`);
    return [];
  }

  #media(block: Extract<Block, { kind: 'image' | 'file' | 'audio' }>): object | undefined {
    if (block.kind === 'file') return this.#file(block);
    const { source, path } = block;
    refuseUrl(source, path);
    if (source.type !== 'data') return undefined;
    if (block.kind === 'audio') {
      const format = soundFormatOf(source.mediaType);
      if (format === undefined) return undefined;
      return { audio: { format, source: { bytes: source.data } } };
    }
    const format = formatOf(imageTypes, source.mediaType, source.data);
    if (format === undefined) return undefined;
    return { image: { format, source: { bytes: source.data } } };
  }

  #file({ source, name, path }: FileBlock): object | undefined {
    if (source.type === 'text') return { text: source.text };
    refuseUrl(source, path);
    if (source.type !== 'data') return undefined;
    const format = formatOf(documentTypes, source.mediaType, source.data);
    if (format === undefined) return undefined;
    return { document: { format, name: this.#nameOf(name), source: { bytes: source.data } } };
  }

  /** Letters, digits, single spaces, hyphens and brackets alone (API reference, "DocumentBlock"). */
  #nameOf(told = 'document'): string {
    const plain = told
      .replaceAll(/[^a-zA-Z0-9\s\-()[\]]/g, '-')
      .replaceAll(/\s+/g, ' ')
      .trim()
      .slice(0, 190);
    let name = plain === '' ? 'document' : plain;
    for (let n = 2; this.#names.has(name); n += 1) name = `${plain} ${n}`;
    this.#names.add(name);
    return name;
  }

  #call({ id, name, arguments: text, path }: ToolCallBlock): object {
    const input = inputOf(text);
    if (input === undefined) {
      this.#losses.altered(path, 'arguments that are no JSON object were sent as text in one');
    }
    const toolUse = { toolUseId: plainId(id), name, input: input ?? { invalid_json: text } };
    return { toolUse };
  }

  #result({ id, content, isError }: ToolResultBlock): object {
    const blocks = content.flatMap((block) => this.#block(block));
    const failed = isError ? { status: 'error' } : {};
    return { toolResult: { toolUseId: plainId(id), content: blocks, ...failed } };
  }

  /** Reasoning goes back to whoever made it; it is never shown as text. */
  #reasoning({ text, seal, path }: ReasoningBlock): object[] {
    if (seal === undefined || !fits(seal, this.#to.origin)) {
      this.#losses.dropped(path, 'reasoning of another model is not passed on');
      return [];
    }
    // Models that sign nothing refuse to be reminded.
    if (seal.data === '') return [];
    return seal.isContent === true
      ? [{ reasoningContent: { redactedContent: seal.data } }]
      : [{ reasoningContent: { reasoningText: { text, signature: seal.data } } }];
  }
}

/** Reasoning opens an assistant's turn, results of tools a user's. */
function inOrder(blocks: readonly Block[]): readonly Block[] {
  const isFirst = ({ kind }: Block) => kind === 'tool-result';
  return [...blocks.filter(isFirst), ...blocks.filter((block) => !isFirst(block))];
}

/** Fetching it would let callers choose whom this network talks to. */
function refuseUrl(source: Source, path: string): void {
  if (source.type === 'url') {
    throw new RequestError(path, source.url, 'the bytes, since this provider fetches nothing');
  }
}

const plainId = (id: string): string => idFor(id, /^[\w-]{1,64}$/, 32);
