/** Told when the caller has gone: there is nobody left to answer. */
export class CallerLeft extends Error {
  override readonly name = 'CallerLeft';
}
