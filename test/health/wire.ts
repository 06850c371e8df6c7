/** Speaks HTTP/1 by hand, so that a test says every byte a prober says. */
import { connect } from 'node:net';

export interface Answer {
  readonly code: number;
  /** Names in lower case; several of one name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends `text` and reads until the server closes the connection. */
export async function say(port: number, text: string): Promise<Answer> {
  const socket = connect({ host: '127.0.0.1', port });
  // Not ended: a server may take a half-closed connection for a caller who left.
  socket.write(text.replaceAll('\n', '\r\n'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  const [head = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { code: Number(status.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}

export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  return say(port, `${method} ${path} HTTP/1.1\nHost: a\nConnection: close\n${lines.join('')}\n`);
}
