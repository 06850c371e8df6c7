/** Bytes of an answer that are not passed on yet. */
export class HeldBytes {
  /** How many there are. */
  bytes = 0;
  #pieces: Buffer[] = [];

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  /** All of them, in order; none are held afterwards. */
  take(): Buffer {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.bytes = 0;
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}
