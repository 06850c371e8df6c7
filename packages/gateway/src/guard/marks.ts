import { addSignals } from './detect/injection.ts';
import { addSecrets } from './detect/secrets.ts';
import { AT, Marks } from './sieve.ts';

/** Every word that a built-in detector starts from; made once. */
export const marks: Marks = new Marks();
addSecrets(marks);
addSignals(marks);
marks.add('%40', AT);

export function siftText(text: string): number {
  const bytes = Buffer.from(text);
  return marks.sift(bytes, 0, bytes.length);
}
