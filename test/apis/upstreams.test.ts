import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import express from 'express';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { debianProgram } from '../harness/debian.ts';
import { freePort } from '../harness/free-port.ts';
import { KEY, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { sharedUpstream, type HttpUpstream } from './upstream.ts';

const run = promisify(execFile);
const PAGE = 'hello from a file\n'.repeat(200);

/** Real servers, real clients, and the gateway between them. */
describe('servers and clients as they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
  const undo: (() => unknown)[] = [];
  let gateway: TestGateway;

  beforeAll(async () => {
    // nginx reads as somebody else.
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'page.txt'), PAGE);
    const [nginx, python, app, soap] = await Promise.all([
      startNginx(folder, undo),
      startPython(folder, undo),
      startExpress(undo),
      startSoap(undo),
    ]);
    gateway = await sharedGateway({
      config: `
apis:
  - { name: nginx, path: /nginx, rewrite: /, private: true, upstreams: ["${nginx}"] }
  - { name: python, path: /python, rewrite: /, private: true, upstreams: ["${python}"] }
  - { name: app, path: /app, private: true, upstreams: ["${app}"] }
  - { name: soap, path: /soap, private: true, upstreams: ["${soap.url}"] }
keys: [{ name: client, secret: ${KEY} }]
`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    for (const step of undo) await step();
    rmSync(folder, { recursive: true, force: true });
  });

  const curl = async (...args: string[]) => {
    const program = await debianProgram('curl', 'curl');
    const key = ['-H', `authorization: Bearer ${KEY}`];
    const base = args.map((one) => one.replace(/^\/(?=nginx|python|app|soap)/, `${gateway.url}/`));
    return (await run(program, ['-sS', ...key, ...base])).stdout;
  };

  it.each(['nginx', 'python'])(
    'serve files of %s to curl: whole, by range, by condition',
    async (name) => {
      const path = `/${name}/page.txt`;
      expect(await curl(path)).toBe(PAGE);
      const head = await curl('-I', path);
      expect(head).toMatch(/^HTTP\/1\.1 200/);
      expect(head.toLowerCase()).toContain(`content-length: ${PAGE.length}`);
      const since = /last-modified: (.+)\r/i.exec(head)?.[1] ?? '';
      const again = await curl('-o', '/dev/null', '-w', '%{http_code}', '-z', since, path);
      expect(again).toBe('304');
      if (name === 'nginx') {
        expect(await curl('-r', '6-9', path)).toBe('from');
        expect(await curl('--compressed', '-w', '%{size_download}', path)).toMatch(
          /^hello[^]*\n\d{2,3}$/,
        );
        expect(await curl('-o', '/dev/null', '-w', '%{http_code}', '/nginx/none')).toBe('404');
      }
    },
  );

  it('take forms, files and JSON to Express and bring its cookies and redirects back', async () => {
    expect(JSON.parse(await curl('-d', 'a=1&b=zwei', '/app/form'))).toEqual({ a: '1', b: 'zwei' });
    const upload = await curl('-F', `file=@${join(folder, 'page.txt')}`, '/app/upload');
    expect(Number(upload)).toBeGreaterThan(PAGE.length);
    const head = await curl('-i', '/app/login?next=%2Fhome');
    expect(head).toMatch(/^HTTP\/1\.1 302/);
    expect(head).toMatch(/location: \/home\r/i);
    expect(head).toMatch(/set-cookie: session=1; Path=\/; HttpOnly\r\n/i);
    expect(await curl('-X', 'DELETE', '-w', '%{http_code}', '/app/things/7')).toBe('204');
    expect(await curl('--http1.0', '/app/chunks')).toBe('one two ');
  });

  it('serve undici over one connection, one request after the other', async () => {
    const client = new Client(gateway.url, { pipelining: 1 });
    for (let i = 0; i < 5; i += 1) {
      const found = await client.request({
        method: 'POST',
        path: '/app/json',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ i }),
      });
      expect(await found.body.json()).toEqual({ i });
    }
    await client.close();
  });

  it('take a SOAP call as it is', async () => {
    const envelope =
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Add><a>1</a><b>2</b></Add></s:Body></s:Envelope>';
    const found = await curl(
      '-H',
      'soapaction: "urn:Add"',
      '-H',
      'content-type: text/xml; charset=utf-8',
      '-d',
      envelope,
      '/soap',
    );
    expect(found).toContain('<AddResponse><sum>3</sum></AddResponse>');
  });
});

async function startNginx(folder: string, undo: (() => unknown)[]): Promise<string> {
  const program = await debianProgram('nginx', 'nginx-light');
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr crit; worker_processes 1;
events {}
http {
  access_log off; default_type text/plain; gzip on; gzip_proxied any; gzip_min_length 100; gzip_types text/plain;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  types { text/plain txt; }
  server { listen 127.0.0.1:${port}; root ${folder}; }
}`,
  );
  const child = spawn(program, ['-c', config, '-p', folder], { stdio: 'ignore' });
  undo.push(() => child.kill());
  return untilUp(`http://127.0.0.1:${port}`);
}

async function startPython(folder: string, undo: (() => unknown)[]): Promise<string> {
  const program = await debianProgram('python3', 'python3-minimal', ['/usr/bin']);
  const port = await freePort();
  const args = ['-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', folder];
  const child = spawn(program, args, { stdio: 'ignore' });
  undo.push(() => child.kill());
  return untilUp(`http://127.0.0.1:${port}`);
}

async function startExpress(undo: (() => unknown)[]): Promise<string> {
  const app = express();
  app.post('/app/form', express.urlencoded(), (request, response) => {
    response.json(request.body);
  });
  app.post('/app/json', express.json(), (request, response) => {
    response.json(request.body);
  });
  app.post('/app/upload', async (request, response) => {
    const body = await text(request);
    response.send(String(body.length));
  });
  app.get('/app/login', (request, response) => {
    response
      .cookie('session', '1', { httpOnly: true })
      .redirect(new URLSearchParams(request.url.split('?')[1]).get('next') ?? '/');
  });
  app.delete('/app/things/:id', (_request, response) => {
    response.status(204).end();
  });
  app.get('/app/chunks', (_request, response) => {
    response.write('one ');
    response.end('two ');
  });
  const server: Server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Adds two numbers, for whoever asks in the right envelope. */
async function startSoap(undo: (() => unknown)[]): Promise<HttpUpstream> {
  const upstream = await sharedUpstream(async (request, response) => {
    const body = await text(request);
    const [, a, b] = /<a>(\d+)<\/a><b>(\d+)<\/b>/.exec(body) ?? [];
    response.writeHead(request.headers['soapaction'] === '"urn:Add"' ? 200 : 500, {
      'content-type': 'text/xml; charset=utf-8',
    });
    response.end(
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><AddResponse><sum>${Number(a) + Number(b)}</sum></AddResponse></s:Body></s:Envelope>`,
    );
  });
  undo.push(() => upstream.close());
  return upstream;
}

async function untilUp(url: string): Promise<string> {
  await vi.waitFor(() => fetch(url), { timeout: 20_000 });
  return url;
}
