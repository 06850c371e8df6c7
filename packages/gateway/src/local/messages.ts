/** What the process of a model is told at its start, as its one argument. */
export interface LocalOrder {
  /** What the model is called. */
  readonly name: string;
  readonly file: string;
  readonly context: number;
  readonly threads: number | undefined;
  /** Where node-llama-cpp may have been installed for it. */
  readonly folder: string;
  /** Where it answers on loopback; 0 takes a free port. */
  readonly port: number;
}

/** What it tells. */
export type LocalMessage =
  | { readonly type: 'listens'; readonly port: number }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly problem: string };
