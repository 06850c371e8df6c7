import type { Addressee } from '../codec.ts';
import type { Block, FileBlock, Source, Turn } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { dataUrl } from '../media.ts';
import { AUTOMATIC_CACHE } from '../openai-chat/cache.ts';
import { fits } from '../seal.ts';
import { resultText } from '../turns.ts';

interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly [field: string]: unknown;
}

interface Part {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Writes `messages`, and collects what goes beside them. */
export class TurnWriter {
  /** Texts that are there to be read and cited. */
  readonly documents: object[] = [];
  readonly #to: Addressee;
  readonly #losses: Losses;

  constructor(to: Addressee, losses: Losses) {
    this.#to = to;
    this.#losses = losses;
  }

  write(turns: readonly Turn[]): Message[] {
    return turns.flatMap((turn) => {
      for (const { cache, path } of turn.blocks) {
        if (cache !== undefined) this.#losses.dropped(`${path}.cache_control`, AUTOMATIC_CACHE);
      }
      return turn.role === 'assistant' ? this.#assistant(turn) : this.#other(turn);
    });
  }

  /** Results of tools are messages of their own, and come before what the user says with them. */
  #other({ role, blocks }: Turn): Message[] {
    const messages: Message[] = [];
    const rest: Block[] = [];
    for (const block of blocks) {
      if (block.kind !== 'tool-result') {
        rest.push(block);
        continue;
      }
      const content = resultText(block, this.#losses);
      messages.push({ role: 'tool', tool_call_id: block.id, content });
      const others = block.content.filter(({ kind }) => kind !== 'text');
      if (others.length > 0) {
        this.#losses.altered(block.path, 'a result in pictures was sent as the user');
      }
      rest.push(...others);
    }
    const content = this.#content(rest);
    if (content === undefined) return messages;
    return [...messages, { role: role === 'system' ? 'system' : 'user', content }];
  }

  /** What is said before calls is their plan, and has a field of its own. */
  #assistant({ blocks }: Turn): Message[] {
    const calls = blocks.filter((block) => block.kind === 'tool-call');
    const rest = blocks.filter(({ kind }) => kind !== 'tool-call');
    if (calls.length === 0) {
      const content = this.#content(rest);
      return content === undefined ? [] : [{ role: 'assistant', content }];
    }
    const plan = rest.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n');
    const content = this.#content(rest.filter(({ kind }) => kind !== 'text'));
    const tool_calls = calls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text === '' ? '{}' : text },
    }));
    return [
      {
        role: 'assistant',
        ...(content === undefined ? {} : { content }),
        ...(plan === '' ? {} : { tool_plan: plan }),
        tool_calls,
      },
    ];
  }

  /** A string where it is one text; undefined when there is nothing. */
  #content(blocks: readonly Block[]): string | readonly Part[] | undefined {
    const parts = blocks.flatMap((block) => this.#part(block));
    const [first] = parts;
    if (first === undefined) return undefined;
    return parts.length === 1 && typeof first['text'] === 'string' ? first['text'] : parts;
  }

  #part(block: Block): Part[] {
    switch (block.kind) {
      case 'text':
      case 'refusal':
        return block.text === '' ? [] : [{ type: 'text', text: block.text }];
      case 'image': {
        const url = urlOf(block.source);
        if (url === undefined) break;
        return [{ type: 'image_url', image_url: { url, detail: block.detail } }];
      }
      case 'file':
        if (!this.#document(block)) break;
        return [];
      case 'reasoning':
        if (block.seal !== undefined && fits(block.seal, this.#to.origin)) {
          return [{ type: 'thinking', thinking: block.text }];
        }
        this.#losses.dropped(block.path, 'reasoning of another model is not passed on');
        return [];
      case 'foreign':
        this.#losses.dropped(block.path, `${block.type} has no form in this dialect`);
        return [];
      default:
        break;
    }
    this.#losses.dropped(block.path, `${block.kind} of this kind has no form in this dialect`);
    return [];
  }

  #document({ source, name }: FileBlock): boolean {
    const text = textOf(source);
    if (text === undefined) return false;
    const id = `doc_${this.documents.length}`;
    this.documents.push({ id, data: { ...(name === undefined ? {} : { title: name }), text } });
    return true;
  }
}

function textOf(source: Source): string | undefined {
  if (source.type === 'text') return source.text;
  return source.type === 'data' && source.mediaType.startsWith('text/')
    ? Buffer.from(source.data, 'base64').toString()
    : undefined;
}

function urlOf(source: Source): string | undefined {
  if (source.type === 'url') return source.url;
  return source.type === 'data' ? dataUrl(source.mediaType, source.data) : undefined;
}
