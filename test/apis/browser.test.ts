import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { launchBrowser, openPage } from '../harness/console.ts';
import { testGateway } from '../harness/gateway.ts';

/** An application as it stands: a page, a source of events that begins again, a form, an echo. */
const PAGE = `<!doctype html><title>App</title><link rel="icon" href="data:,"><ul id="seen"></ul>
<form id="form" method="post" action="/app/form"><input name="say" value="ł &amp; ü"><button>Send</button></form>
<script type="module">
const seen = (text) => document.getElementById('seen').append(Object.assign(document.createElement('li'), { textContent: text }));
const events = new EventSource('/app/events');
events.addEventListener('tick', ({ data, lastEventId }) => { seen('event ' + data); if (lastEventId === '4') events.close(); });
const socket = new WebSocket(location.origin.replace('http', 'ws') + '/app/echo', 'chat');
socket.onopen = () => socket.send('hello');
socket.onmessage = ({ data }) => { seen('echo ' + data + ' ' + socket.protocol); socket.close(); };
const answer = await fetch('/app/json', { method: 'PUT', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } });
seen('put ' + (await answer.text()) + ' ' + document.cookie);
</script>`;

it('serves a browser: a page, events that go on where they broke off, a WebSocket, a form', async () => {
  const resumed: unknown[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url, method, headers } = request;
    if (url === '/app/events') {
      const from = Number(headers['last-event-id'] ?? 0);
      if (from > 0) resumed.push(from);
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 50\n');
      // Two, and the connection ends: a browser comes back for the rest.
      for (const id of [from + 1, from + 2]) {
        response.write(`id: ${id}\nevent: tick\ndata: ${id}\n\n`);
      }
      response.end();
    } else if (method === 'PUT') response.end(await text(request));
    else if (method === 'POST') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`form ${decodeURIComponent((await text(request)).replaceAll('+', ' '))}`);
    } else {
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'seen=yes; Path=/app' });
      response.end(PAGE);
    }
  };
  const app = createServer((request, response) => void serve(request, response));
  const sockets = new WebSocketServer({ server: app, path: '/app/echo' });
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data, { binary: false })),
  );
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  onTestFinished(() => {
    sockets.close();
    app.close();
    app.closeAllConnections();
  });
  const { port } = app.address() as AddressInfo;
  // A browser has no key of its own to send.
  const gateway = await testGateway({
    config: `
access: { anonymous: true }
apis: [{ name: app, path: /app, private: true, upstreams: ["http://127.0.0.1:${port}"] }]
`,
  });
  const browser = await launchBrowser();
  try {
    const { page, wrongs } = await openPage(browser);
    await page.goto(`${gateway.url}/app/`);
    for (const line of [
      'event 1',
      'event 2',
      'event 3',
      'event 4',
      'echo hello chat',
      'put {"a":1} seen=yes',
    ]) {
      await page.getByText(line, { exact: true }).waitFor();
    }
    expect(resumed).toEqual([2]);
    expect(wrongs).toEqual([]);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('form say=ł & ü').waitFor();
  } finally {
    await browser.close();
  }
});
