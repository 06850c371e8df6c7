/** Documents that make a plain mapping grow beyond all bounds: refused, with everybody else served meanwhile. */
import { expect, it } from 'vitest';
import { KEY, testGateway } from '../harness/gateway.ts';
import { echo, httpUpstream } from './upstream.ts';

const MB = 1024 * 1024;
const items = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, of: `item ${id}` }));

it.each([
  ['each item with all of the document', '{ "all": items.{ "in": $$ } }', { items: items(20_000) }],
  ['each item with each', 'items@$a.items@$b.{ "a": $a.id, "b": $b.id }', { items: items(20_000) }],
  ['each comma of a text', '$split(text, /,/)', { text: 'a,'.repeat(4 * MB) }],
  ['each letter of a text', '$match(text, /a/)', { text: 'a'.repeat(8 * MB) }],
  ['what the caller says', '$eval(text)', { text: '($f := function() { $f() }; $f())' }],
])('%s', async (_what, mapping, document) => {
  const upstream = await httpUpstream(echo);
  const gateway = await testGateway({
    config: `
apis:
  - { name: mapped, path: /mapped, private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [json], request: '${mapping}' } }
  - { name: plain, path: /plain, private: true, upstreams: ["${upstream.url}"] }
keys: [{ name: client, secret: ${KEY} }]
`,
  });
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify(document);
  const bomb = async () => {
    const answer = await fetch(`${gateway.url}/mapped/x`, { method: 'POST', headers, body });
    return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
  };
  const before = process.memoryUsage().heapUsed;
  const bombs = Promise.all([bomb(), bomb(), bomb()]);
  const neighbour = await fetch(`${gateway.url}/plain/x`, { headers });
  expect(neighbour.status).toBe(200);
  await neighbour.text();
  expect(new Set(await bombs)).toEqual(new Set(['400 invalid_request']));
  // Some bodies, and nothing of what they would have become.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(400 * MB);
  expect(upstream.sent.map(({ url }) => url)).toEqual(['/plain/x']);
});
