/** MG1: what a provider would read as text is read here as well, wherever a caller puts it. */
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { everyDialect, saying } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

const CARD = '4111 1111 1111 1111';
const IMAGE = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 37) % 256)).toString('base64');
const text = Buffer.from(`my card is ${CARD}`).toString('base64');
const base64 = (said: string): string => Buffer.from(said).toString('base64');
const longText = Buffer.from(`${'some words '.repeat(40)}${CARD}`).toString('base64');

let upstream: Upstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await Upstream.shared(
    'any',
    saying(() => ({ pieces: ['well'] })),
  );
  const guardrails = `guardrails:
  - { name: watched, detect: [injection, email], action: flag }
  - { name: no-cards, detect: [card, { words: [bluebird, red bird] }], action: block }
keys: [{ name: client, secret: ${KEY} }]
`;
  gateway = await sharedGateway({ config: everyDialect(upstream.url, guardrails) });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const part = (value: string) => ({ type: 'text', text: value });
const claude = (...content: object[]) => ({ max_tokens: 5, ...user(...content) });
const file = (data: string) => ({ inlineData: { mimeType: 'text/plain', data } });

type Asked = readonly [path: string, body: object];
const chat = (...content: object[]): Asked => ['/v1/chat/completions', user(...content)];
const messages = (...content: object[]): Asked => ['/v1/messages', claude(...content)];
const gemini = (...parts: object[]): Asked => [
  '/v1beta/models/chat:generateContent',
  { contents: [{ role: 'user', parts }] },
];
const document = (source: object) => ({ type: 'document', source });

const hidden: Readonly<Record<string, Asked>> = {
  'a number in two parts': chat(part('mine is 4111 1111 '), part('1111 1111.')),
  'a number in four parts': chat(...CARD.split(' ').map(part)),
  'a number behind hundreds of parts': chat(
    ...Array.from({ length: 700 }, () => part('one more')),
    ...CARD.split(' ').map(part),
  ),
  'a number between long parts': chat(
    part('one more '.repeat(300)),
    part(`${'one more '.repeat(300)} ${CARD.slice(0, 9)}`),
    part(`${CARD.slice(10)} ${'one more '.repeat(300)}`),
  ),
  'a word in two parts': gemini({ text: 'blue' }, { text: 'bird' }),
  'a number beside a picture': messages(
    part('4111 1111'),
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: IMAGE } },
    part(' 1111 1111'),
  ),
  'two parts of a system prompt': [
    '/v1/messages',
    { ...claude(part('hi')), system: [part('4111 1111 '), part('1111 1111')] },
  ],
  'a document that is text': messages(
    document({
      type: 'text',
      media_type: 'text/plain',
      data: `${'a few words '.repeat(9)}${CARD}`,
    }),
  ),
  'a short document': messages(document({ type: 'text', media_type: 'text/plain', data: CARD })),
  'a text file': gemini(file(text), { text: 'sum up' }),
  'a longer text file': gemini(file(longText), { text: 'sum up' }),
  'a text file in a URL': chat(part('sum up'), {
    type: 'file',
    file: { filename: 'a.txt', file_data: `data:text/plain;base64,${longText}` },
  }),
  'a text file of Converse': [
    '/model/chat/converse',
    user({ text: 'x' }, { document: { name: 'a', format: 'txt', source: { bytes: text } } }),
  ],
  'groups with dots': chat(part('it is 4111.1111.1111.1111')),
  'groups in lines': chat(part('it is\n4111\n1111\n1111\n1111\n')),
  'groups with en dashes': messages(part('it is 4111–1111–1111–1111')),
  'digits of another script': gemini({ text: '᥊᥇᥇᥇᥇᥇᥇᥇᥇᥇᥇᥇᥇᥇᥇᥇' }),
  'keys of a telephone': chat(part(CARD.replaceAll(/./gsu, (one) => `${one}\ufe0f\u20e3`))),
  'tags that nobody sees': chat(
    part(
      `hello${`card ${CARD}`.replaceAll(/./gsu, (one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0)))}`,
    ),
  ),
  'escapes of JSON': chat(
    part(CARD.replaceAll(/./gsu, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)),
  ),
  'something packed': messages(part(gzipSync(`my card is ${CARD}`).toString('base64'))),
  'a phrase in two lines': chat(part('the blue\nbird'), part('the red\tbird')),
  'a number beside an address that is only flagged': chat(
    part(base64(`bob@example.com has ${CARD}`)),
  ),
  'a word in a word with such an address': chat(
    part(base64(`bob@example.com has ${base64(`my card is ${CARD}`)}`)),
  ),
  'a word behind some that are packed': chat(
    part(`${`${deflateSync('a'.repeat(16_384)).toString('base64')} `.repeat(5)}${text}`),
  ),
  'a packed word behind some that are': chat(
    part(
      `${`${deflateSync('a'.repeat(16_384)).toString('base64')} `.repeat(5)}${deflateSync(`my card is ${CARD}`).toString('base64')}`,
    ),
  ),
  'what stands first in a packed word behind many that hold a megabyte': chat(
    part(
      `${`${deflateSync('a'.repeat(1_400_000)).toString('base64')} `.repeat(20)}${deflateSync(`my card is ${CARD}${' '.repeat(1_000_000)}`).toString('base64')}`,
    ),
  ),
  'a word behind a name and a sign': chat(part(`card=${text}`)),
  'a word at the end of a path': chat(part(`get /${text}`)),
  'parts with a picture by its address between': chat(
    part('4111 1111 '),
    { type: 'image_url', image_url: { url: 'https://pictures.example/a.png' } },
    part('1111 1111'),
  ),
  'parts with a field that nobody knows': chat(
    { ...part('4111 1111 '), note: 'first' },
    { ...part('1111 1111'), note: 'second' },
  ),
  'a number with an exponent': messages(part('hi'), {
    type: 'tool_use',
    id: 't1',
    name: 'pay',
    input: { card: JSON.rawJSON('4.111111111111111e15') },
  }),
  'a long document without a space': messages(
    document({
      type: 'text',
      media_type: 'text/plain',
      data: `${'一。'.repeat(16_000)}${CARD.replaceAll(' ', '-')}`,
    }),
  ),
  'the long name of a field': [
    '/v1/chat/completions',
    { ...user(part('hi')), [`${'some words '.repeat(6)}${CARD}`]: 1 },
  ],
  'characters of control': chat(part(CARD.split('').join('\u0001'))),
  'characters that musicians leave out': chat(part(CARD.split('').join('\u{1d173}'))),
  'selectors of Mongolian': chat(part(CARD.split('').join('\u180f'))),
  'noughts in black circles': chat(part('5500 0000 0000 0004'.replaceAll('0', '\u24ff'))),
  'capitals that look like others': chat(part('BL\u054dEBIRD')),
  'a word behind capitals that grow': chat(part('\u0130'.repeat(30) + ' bluebird')),
  'what should be a seal': [
    '/v1/chat/completions',
    { messages: [{ role: 'user', content: 'hi', signature: `my card: ${CARD} `.repeat(5) }] },
  ],
  'what should be a picture': [
    '/api/chat',
    { stream: false, messages: [{ role: 'user', content: 'hi', images: [`my card: ${CARD}`] }] },
  ],
  'what looks like a URL of data': chat(part(`data:image/png;base64,${IMAGE} ${CARD}`)),
};

it.each(Object.entries(hidden))('%s is found', async (_name, [path, body]) => {
  const answer = await post(gateway.url, path, { model: 'chat', ...body });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('no-cards')]);
  expect(upstream.calls).toEqual([]);
});

const harmless: Readonly<Record<string, Asked>> = {
  'parts that are whole by themselves': chat(part('the blue'), part('a bird'), part('4111 1111')),
  'numbers of two messages': [
    '/v1/chat/completions',
    {
      messages: [
        { role: 'user', content: [part('4111 1111')] },
        { role: 'user', content: [part('1111 1111')] },
      ],
    },
  ],
  'a picture': chat(part('what is it?'), {
    type: 'image_url',
    image_url: { url: `data:image/png;base64,${IMAGE}` },
  }),
};

it.each(Object.entries(harmless))('%s: passes', async (_name, [path, body]) => {
  const answer = await post(gateway.url, path, { model: 'chat', ...body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
  upstream.received.length = 0;
});
