import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BenchError } from '../../bench/errors.ts';
import { MessageReader } from '../../bench/http-message.ts';

interface Message {
  head: string;
  body: string;
  ended: boolean;
}

class Reading {
  readonly messages: Message[] = [];
  readonly reader: MessageReader;

  constructor(kind: 'request' | 'response') {
    const last = (): Message => this.messages.at(-1) ?? { head: '', body: '', ended: false };
    this.reader = new MessageReader(kind, {
      head: (head) => this.messages.push({ head, body: '', ended: false }),
      body: (bytes, start, end) => {
        last().body += bytes.toString('latin1', start, end);
      },
      end: () => {
        last().ended = true;
      },
    });
  }

  /** Feeds the text cut at `cuts`, each piece through the same memory, as a socket would. */
  feed(text: string, cuts: readonly number[] = []): this {
    const memory = Buffer.alloc(text.length + 8);
    const edges = [0, ...[...cuts].sort((a, b) => a - b), text.length];
    for (const [index, start] of edges.slice(0, -1).entries()) {
      memory.fill('X');
      const length = memory.write(text.slice(start, edges[index + 1]), 'latin1');
      this.reader.feed(memory, length);
    }
    return this;
  }
}

const counted = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello';
const chunked =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' +
  '5\r\nhello\r\n1B;ext=5\r\nand twenty-seven more bytes\r\n0\r\nsum: 5\r\n\r\n';
const empty = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const nothing = 'HTTP/1.1 204 No Content\r\n\r\n';
const early = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n';

describe('a sequence of answers on one connection', () => {
  const text = counted + chunked + early + empty + nothing + counted;
  const bodies = ['hello', 'helloand twenty-seven more bytes', '', '', 'hello'];

  it('is told apart by content-length, chunks and status', () => {
    const { messages, reader } = new Reading('response').feed(text);
    expect(messages.map(({ body }) => body)).toEqual(bodies);
    expect(messages.every(({ ended }) => ended)).toBe(true);
    expect(messages[0]?.head).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y');
    expect(reader.close()).toBe(true);
  });

  it('is read alike wherever it is cut', () => {
    const whole = new Reading('response').feed(text).messages;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 40 }), (cuts) => {
        expect(new Reading('response').feed(text, cuts).messages).toEqual(whole);
      }),
    );
  });

  it('is read alike when it comes byte by byte', () => {
    const every = Array.from(text, (_, at) => at);
    const { messages } = new Reading('response').feed(text, every);
    expect(messages.map(({ body }) => body)).toEqual(bodies);
  });
});

describe('the end of a connection', () => {
  it('ends an answer that has no length', () => {
    const reading = new Reading('response').feed('HTTP/1.1 200 OK\r\n\r\nall of it');
    expect(reading.messages).toMatchObject([{ body: 'all of it', ended: false }]);
    expect(reading.reader.close()).toBe(true);
    expect(reading.messages).toMatchObject([{ body: 'all of it', ended: true }]);
  });

  it.each([
    ['a head', counted.slice(0, 20)],
    ['a counted body', counted.slice(0, -1)],
    ['a chunk', chunked.slice(0, -30)],
    ['the last chunk', chunked.slice(0, -2)],
  ])('cuts an answer short in %s', (_, text) => {
    const reading = new Reading('response').feed(text);
    expect(reading.reader.close()).toBe(false);
    expect(reading.messages.some(({ ended }) => ended)).toBe(false);
  });
});

it('takes a request without a length to have no body', () => {
  const request = 'GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n';
  const { messages } = new Reading('request').feed(request + request);
  expect(messages).toMatchObject([
    { body: '', ended: true },
    { body: '', ended: true },
  ]);
});

it('refuses a chunk size that is no number', () => {
  const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n';
  expect(() => new Reading('response').feed(text)).toThrow(BenchError);
});

it('refuses a head that never ends', () => {
  expect(() => new Reading('response').feed('x'.repeat(70_000))).toThrow(BenchError);
});
