import { connect } from 'node:net';

/** An answer as it stood on the wire. */
export interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Framing included. */
  readonly body: string;
  readonly text: string;
}

/** Writes bytes as they are, which no client would send, and reads until the connection ends. */
export async function rawExchange(base: string, bytes: string): Promise<Raw> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.write(Buffer.from(bytes, 'utf8'));
  let text = '';
  for await (const chunk of socket) text += (chunk as Buffer).toString('latin1');
  return parseRaw(text);
}

export function parseRaw(text: string): Raw {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((one) => [
        one.slice(0, one.indexOf(':')).toLowerCase(),
        one.slice(one.indexOf(':') + 1).trim(),
      ]),
    ),
    body: rest.join('\r\n\r\n'),
    text,
  };
}

/** A head that asks for its connection to be closed after the answer. */
export function rawHead(line: string, headers: Record<string, string>): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${fields.join('')}\r\n`;
}
