/** A measurement that could not be taken; the message is the whole story, no stack is shown. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
