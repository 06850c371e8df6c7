import { AnswerError } from '../errors.ts';

/** A vector of untrusted JSON. */
export function vectorOf(value: unknown): readonly number[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isNumber)) return value;
  throw new AnswerError('found something that is no vector, expected an array of numbers');
}

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** 32-bit floats as OpenAI gives them, little-endian on any machine. */
export function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}
