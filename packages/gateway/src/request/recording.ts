import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';

/** An answer as its caller was told it. */
export interface Recorded {
  readonly status: number;
  /** Names and values in turn. */
  readonly head: readonly string[];
  /** Undefined where it was longer than was to be kept. */
  readonly body: Buffer | undefined;
}

/**
 * Keeps what goes out by a response, whichever stage says it, up to `most` bytes. Its end waits for
 * `onEnd`: whoever has the answer may ask for it again at once.
 *
 * @returns what has gone out until now
 */
export function record(
  response: ServerResponse,
  most: number,
  onEnd: (recorded: Recorded) => Promise<void>,
): () => Recorded {
  const writeHead = response.writeHead.bind(response);
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  let head: string[] = [];
  let chunks: Buffer[] = [];
  let length = 0;
  let isEnding = false;

  const keep = (chunk: Piece): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    length += bytes.length;
    if (length <= most) chunks.push(bytes);
    else chunks = [];
  };
  const soFar = (): Recorded => ({
    status: response.statusCode,
    head,
    body: length <= most ? Buffer.concat(chunks) : undefined,
  });
  Object.assign(response, {
    writeHead(status: number, fields: OutgoingHttpHeader[] = []) {
      head = fields.map(String);
      return writeHead(status, fields);
    },
    write(chunk: Piece, onFlushed?: () => void) {
      keep(chunk);
      return write(chunk, onFlushed);
    },
    end(chunk?: Piece) {
      if (isEnding) return response;
      isEnding = true;
      if (chunk !== undefined) keep(chunk);
      void onEnd(soFar()).finally(() => (chunk === undefined ? end() : end(chunk)));
      return response;
    },
  });
  return soFar;
}

/** What stages hand to a response. */
type Piece = string | Uint8Array;

/**
 * Keeps what is read of a request, whoever reads it and however fast, up to `most` bytes. To listen
 * for it would make it flow before anybody takes it.
 *
 * @returns its body; undefined where that was longer, or has not been read to its end
 */
export function recordBody(request: IncomingMessage, most: number): () => Buffer | undefined {
  const emit = request.emit.bind(request);
  let chunks: Buffer[] = [];
  let length = 0;
  request.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event === 'data') {
      const chunk = values[0] as Buffer;
      length += chunk.length;
      if (length <= most) chunks.push(Buffer.from(chunk));
      else chunks = [];
    }
    return emit(event as string, ...values);
  };
  return () => (length <= most && request.readableEnded ? Buffer.concat(chunks) : undefined);
}
