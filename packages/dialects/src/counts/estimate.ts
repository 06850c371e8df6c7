import type { Block, Intent } from '../intent.ts';

/** Most tokenizers make a token of about four bytes of text (OpenAI, "What are tokens"). */
const BYTES_PER_TOKEN = 4;
/** What the frame of a message costs, and that of a tool. */
const PER_TURN = 4;
const PER_TOOL = 8;
/** A picture of usual size, or a page of a document. */
const PER_MEDIUM = 1500;

/**
 * About how many tokens a request has, where nobody counts them: from the bytes of its text, with
 * something for each message, tool and picture. Right to about a quarter for prose, and worse for
 * what is not written in Latin letters.
 */
export function estimateInput({ turns, tools, format }: Intent): number {
  const said = turns.reduce((sum, { blocks }) => sum + PER_TURN + sumOf(blocks), 0);
  const offered = tools.reduce((sum, tool) => {
    const words =
      tool.kind === 'function' ? [tool.name, tool.description ?? '', tool.schema] : [tool.value];
    return sum + PER_TOOL + words.reduce<number>((size, one) => size + tokensOf(one), 0);
  }, 0);
  return Math.ceil(said + offered + tokensOf(format?.schema));
}

const sumOf = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, block) => sum + blockTokens(block), 0);

function blockTokens(block: Block): number {
  switch (block.kind) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return tokensOf(block.text);
    case 'tool-call':
      return PER_TURN + tokensOf(block.name) + tokensOf(block.arguments);
    case 'tool-result':
      return PER_TURN + sumOf(block.content);
    case 'file':
      return block.source.type === 'text' ? tokensOf(block.source.text) : PER_MEDIUM;
    case 'foreign':
      return tokensOf(block.value);
    default:
      return PER_MEDIUM;
  }
}

function tokensOf(value: unknown): number {
  if (value === undefined) return 0;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.byteLength(text) / BYTES_PER_TOKEN;
}
