/** Documents that make a plain mapping grow beyond all bounds: refused, with everybody else served meanwhile. */
import type { Worker } from 'node:worker_threads';
import { write } from '@vitalgate/formats';
import { expect, it, onTestFinished } from 'vitest';
import { KEY, testGateway } from '../harness/gateway.ts';
import { echo, httpUpstream } from './upstream.ts';

const MB = 1024 * 1024;
const items = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, of: `item ${id}` }));

/** `$f($v, $n)` is $v in itself, 2 ** $n times. */
const twice = (text: string) =>
  `($f := function($v, $n) { $n = 0 ? $v : $f({ "a": $v, "b": $v }, $n - 1) }; { "made": ${text} })`;

it.each([
  ['each item with all of the document', '{ "all": items.{ "in": $$ } }', { items: items(20_000) }],
  ['each item with each', 'items@$a.items@$b.{ "a": $a.id, "b": $b.id }', { items: items(20_000) }],
  ['each comma of a text', '$split(text, /,/)', { text: 'a,'.repeat(4 * MB) }],
  ['each letter of a text', '$match(text, /a/)', { text: 'a'.repeat(8 * MB) }],
  // One step of JSONata's each, over what is in itself again and again.
  ['it twice, $string', twice('$string($f($, n))'), { n: 40 }],
  ['it twice, &', twice('$f($, n) & "x"'), { n: 40 }],
  ['it twice, =', twice('$f($, n) = $f($, n)'), { n: 40 }],
  ['it twice, in lists', twice('$merge([1..10].($f({ "a": $$ }, $$.n)))'), { n: 30 }],
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

/** What is asked of the thread of mappings, and of how many of them. */
function ordersToThreads(): { count: number; workers: Set<Worker> } {
  const told = { count: 0, workers: new Set<Worker>() };
  const listen = (worker: Worker) => {
    const tell = worker.postMessage.bind(worker);
    worker.postMessage = (order: unknown, moved) => {
      if (typeof order === 'object' && order !== null && 'bindings' in order) {
        told.count += 1;
        told.workers.add(worker);
      }
      tell(order, moved as never);
    };
  };
  process.on('worker', listen);
  onTestFinished(() => void process.off('worker', listen));
  return told;
}

it('is mapped on a thread where it is large, open-ended or slow, and here where it is none of them', async () => {
  const told = ordersToThreads();
  const upstream = await httpUpstream(echo);
  const formats = (request: string) =>
    `private: true, upstreams: ["${upstream.url}"], formats: { upstream: json, offered: [json, cbor], request: '${request}' } }`;
  const gateway = await testGateway({
    config: `
apis:
  - { name: plain, path: /plain, ${formats('{ "n": n, "s": $map(list, function($i) { $i & "!" }), "at": at, "of": $query.of }')}
  - { name: folded, path: /folded, ${formats('$reduce(list, function($a, $b) { $a + $b })')}
  - { name: slow, path: /slow, ${formats('{ "n": $count([1..n].($sum([1..100]))) }')}
  - { name: wrong, path: /wrong, ${formats('$reduce(list, function($a, $b) { $a.x + $b })')}
keys: [{ name: client, secret: ${KEY} }]
`,
  });
  const post = async (path: string, body: string | Uint8Array, type = 'application/json') => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': type };
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });
    return answer.ok ? (upstream.sent.at(-1)?.body ?? '') : await answer.text();
  };
  const digits = '"n":12345678901234567890.5';
  const small = `{${digits},"list":["a"]}`;
  for (let i = 0; i < 10; i += 1) {
    expect(await post('/plain/x?of=me', small)).toBe(`{${digits},"s":"a!","of":"me"}`);
  }
  // A busy machine may stand still in the middle of one.
  expect(told.count).toBeLessThan(10);
  told.count = 0;

  const long = 'a'.repeat(5000);
  expect(await post('/plain/x?of=me', `{${digits},"list":["${long}"]}`)).toBe(
    `{${digits},"s":"${long}!","of":"me"}`,
  );
  expect(told.count).toBe(1);
  const time = await write({ at: new Date(0), list: [long], n: 2n ** 64n }, 'cbor', {});
  expect(await post('/plain/x', time.bytes, 'application/cbor')).toBe(
    `{"n":18446744073709551616,"s":"${long}!","at":"1970-01-01T00:00:00.000Z"}`,
  );
  expect(told.count).toBe(2);
  expect(await post('/folded/x', '{"list":[1,2,3]}')).toBe('6');
  expect(told.count).toBe(3);
  expect(await post('/wrong/x', '{"list":["secret","b"]}')).toMatch(/JSONata says T2002/);
  expect(told.count).toBe(4);
  expect(await post('/slow/x', '{"n":2}')).toBe('{"n":2}');
  expect(await post('/slow/x', '{"n":100000}')).toMatch(/mapping went beyond its limits/);
  expect(told.workers.size).toBe(1);
});
