/** Cuts a text into those of its items, whatever the pieces it comes in. */
export interface Cutter {
  /** The texts of the items that end in this piece; it takes no longer for what is held already. */
  push(text: string, isLast: boolean): readonly string[];
  /** The text of a last item, where nothing but the end of the body ends it. */
  end(): string | undefined;
  /** How much is held of an item that is not whole. */
  readonly held: number;
}
