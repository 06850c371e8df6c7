import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange } from '../apis/raw.ts';
import { sharedGateway, type TestGateway } from '../harness/gateway.ts';

/** The files of a built console, and nothing that lies beside them. */

const SECRET = 'canary-beside-the-console';
const folder = mkdtempSync(join(tmpdir(), 'vitalgate-test-'));
const built = join(folder, 'dist');
let gateway: TestGateway;

beforeAll(async () => {
  mkdirSync(join(built, 'assets'), { recursive: true });
  writeFileSync(join(built, 'index.html'), '<title>the console</title>');
  writeFileSync(join(built, 'icon.svg'), '<svg/>');
  writeFileSync(join(built, 'assets', 'now-Ab3_d-Fg.js'), 'export {};');
  writeFileSync(join(built, 'assets', '.env'), SECRET);
  writeFileSync(join(folder, 'secret.js'), SECRET);
  gateway = await sharedGateway({ config: '', consoleFolder: built });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

const get = async (path: string, method = 'GET') => {
  const answer = await fetch(gateway.addresses.admin + path, { method });
  const { status, headers } = answer;
  const [type, cache] = [headers.get('content-type'), headers.get('cache-control')];
  return {
    status,
    type,
    cache,
    policy: headers.get('content-security-policy'),
    text: await answer.text(),
  };
};

describe('the console', () => {
  it('has files that may be kept for as long as their names are the same', async () => {
    const script = {
      status: 200,
      type: 'text/javascript; charset=utf-8',
      cache: 'public, max-age=31536000, immutable',
      policy: expect.stringContaining("script-src 'self'") as string,
    };
    expect(await get('/assets/now-Ab3_d-Fg.js')).toEqual({ ...script, text: 'export {};' });
    expect(await get('/assets/now-Ab3_d-Fg.js?x=1', 'HEAD')).toEqual({ ...script, text: '' });
    expect(await get('/icon.svg')).toMatchObject({ type: 'image/svg+xml', cache: 'no-cache' });
  });

  it.each(['/', '/requests', '/targets/a.b', '/index.html'])('has a page at %s', async (path) => {
    expect(await get(path)).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      cache: 'no-cache',
      text: '<title>the console</title>',
    });
  });

  it('K07: comes with a policy against scripts, frames and guesses of others, whatever is asked', async () => {
    const places = ['/', '/requests', '/icon.svg', '/assets/now-Ab3_d-Fg.js', '/assets/none.js'];
    for (const path of [...places, '/api/session', '/api/nothing', '/api/openapi.json']) {
      const answer = await fetch(gateway.addresses.admin + path);
      await answer.text();
      const told = (name: string) => answer.headers.get(name) ?? '';
      const policy = told('content-security-policy').split('; ');
      expect([path, policy]).toEqual([
        path,
        expect.arrayContaining([
          "default-src 'none'",
          "object-src 'none'",
          "base-uri 'none'",
          "frame-ancestors 'none'",
          "form-action 'self'",
        ]),
      ]);
      expect([path, policy.join()]).toEqual([path, expect.not.stringMatching(/unsafe|\*|https?:/)]);
      expect([path, told('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect([path, told('referrer-policy')]).toEqual([path, 'no-referrer']);
      expect([path, told('cross-origin-opener-policy')]).toEqual([path, 'same-origin']);
      expect([path, told('cross-origin-resource-policy')]).toEqual([path, 'same-origin']);
    }
  });

  it('is no way to what lies beside it', async () => {
    for (const path of ['/assets/none-Ab3_d-Fg.js', '/assets/.env']) {
      expect((await get(path)).status).toBe(404);
    }
    for (const path of [
      '/../secret.js',
      '/assets/../../secret.js',
      '/..%2fsecret.js',
      '/%2e%2e/secret.js',
      '/assets/..%5c..%5csecret.js',
      `/${folder}/secret.js`,
      '//secret.js',
      '/assets/now-Ab3_d-Fg.js/../../../secret.js',
    ]) {
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      const { text } = await rawExchange(gateway.addresses.admin, request);
      expect([path, text.startsWith('HTTP/1.1'), text.includes(SECRET)]).toEqual([
        path,
        true,
        false,
      ]);
    }
  });
});
