/**
 * The smallest model that llama.cpp runs: one layer of Llama, 300 tokens, weights at random. What it
 * says means nothing, and is always the same (GGUF specification, version 3).
 */
const [U32, I32, F32, STRING, ARRAY] = [4, 5, 6, 8, 9];
const ALIGNMENT = 32;

const [WIDTH, HEADS, INNER, CONTEXT] = [32, 2, 64, 2048];
const tokens = [
  '<unk>',
  '<s>',
  '</s>',
  ...Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`),
  ...'▁ a b c d e f g h i j k l m n o p q r s t u v w x y z . , : { } " 0 1 2 3 4 5 6 7 8 9'.split(
    ' ',
  ),
];
/** Unknown, control, byte and normal ones ("tokenizer.ggml.token_type"). */
const types = tokens.map((_, i) => (i === 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1));

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(value), u32(0)]);
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
};
const list = (type: number, values: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(type), u64(values.length), ...values]);

const fields: readonly (readonly [name: string, type: number, value: Buffer])[] = [
  ['general.architecture', STRING, text('llama')],
  ['general.name', STRING, text('tiny')],
  ['general.file_type', U32, u32(0)],
  ['llama.context_length', U32, u32(CONTEXT)],
  ['llama.embedding_length', U32, u32(WIDTH)],
  ['llama.block_count', U32, u32(1)],
  ['llama.feed_forward_length', U32, u32(INNER)],
  ['llama.attention.head_count', U32, u32(HEADS)],
  ['llama.attention.head_count_kv', U32, u32(HEADS)],
  ['llama.attention.layer_norm_rms_epsilon', F32, f32(1e-5)],
  ['llama.rope.dimension_count', U32, u32(WIDTH / HEADS)],
  ['llama.vocab_size', U32, u32(tokens.length)],
  ['tokenizer.ggml.model', STRING, text('llama')],
  ['tokenizer.ggml.tokens', ARRAY, list(STRING, tokens.map(text))],
  [
    'tokenizer.ggml.scores',
    ARRAY,
    list(
      F32,
      tokens.map((_, i) => f32(-i)),
    ),
  ],
  ['tokenizer.ggml.token_type', ARRAY, list(I32, types.map(u32))],
  ['tokenizer.ggml.bos_token_id', U32, u32(1)],
  ['tokenizer.ggml.eos_token_id', U32, u32(2)],
  ['tokenizer.ggml.unknown_token_id', U32, u32(0)],
];

const tensors: readonly (readonly [name: string, ...shape: number[]])[] = [
  ['token_embd.weight', WIDTH, tokens.length],
  ['output_norm.weight', WIDTH],
  ['output.weight', WIDTH, tokens.length],
  ['blk.0.attn_norm.weight', WIDTH],
  ['blk.0.attn_q.weight', WIDTH, WIDTH],
  ['blk.0.attn_k.weight', WIDTH, WIDTH],
  ['blk.0.attn_v.weight', WIDTH, WIDTH],
  ['blk.0.attn_output.weight', WIDTH, WIDTH],
  ['blk.0.ffn_norm.weight', WIDTH],
  ['blk.0.ffn_gate.weight', WIDTH, INNER],
  ['blk.0.ffn_up.weight', WIDTH, INNER],
  ['blk.0.ffn_down.weight', INNER, WIDTH],
];

const padding = (length: number): Buffer =>
  Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);

/** The whole file, some 120 KB. */
export function tinyGguf(): Buffer {
  // Numerical Recipes' generator: the same model every time.
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, ...shape] of tensors) {
    const place = [u32(0), u64(offset)];
    infos.push(text(name), u32(shape.length), ...shape.map(u64), ...place);
    const values = Array.from({ length: shape.reduce((a, b) => a * b) }, () => f32(random()));
    const bytes = Buffer.concat(values);
    data.push(bytes, padding(bytes.length));
    offset += bytes.length + padding(bytes.length).length;
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(fields.length),
    ...fields.flatMap(([name, type, value]) => [text(name), u32(type), value]),
    ...infos,
  ]);
  return Buffer.concat([head, padding(head.length), ...data]);
}
