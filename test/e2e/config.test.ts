import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatConfig, post, temporaryFolder, writeConfig } from '../harness/gateway.ts';
import { vitalgate } from '../harness/process.ts';
import { answerWell, chatEvents, Upstream } from '../harness/upstream.ts';
import { until } from '../harness/until.ts';

const WRONG = 'version: 1\nlisten: { gateway: nowhere }\nmodels: [{ name: m, targets: [] }]\n';

describe('a file with mistakes', () => {
  it('does not start: all mistakes with line and column, exit 2', async () => {
    const file = join(temporaryFolder(), 'wrong.yaml');
    writeFileSync(file, WRONG);
    const expected = [
      `${file}:2:11 listen.gateway: expected host:port, such as 127.0.0.1:8080 or [::1]:8080`,
      `${file}:3:21 models.0.targets: expected at least one target`,
    ].join('\n');
    for (const args of [
      ['start', '--config', file],
      ['check-config', file],
    ]) {
      const { code, stderr, stdout } = await vitalgate(args).ended;
      expect([code, stderr.trim(), stdout]).toEqual([2, expected, '']);
    }
    const json = await vitalgate(['check-config', file, '--json']).ended;
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      mistakes: [{ line: 2, column: 11 }, { line: 3 }],
    });
  });

  it('that is not there, is said so', async () => {
    const { code, stderr } = await vitalgate(['check-config', 'no-such-file.yaml']).ended;
    expect([code, stderr]).toEqual([2, 'no-such-file.yaml: cannot be read (ENOENT)\n']);
  });

  it('and a right one is ok', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await vitalgate(['check-config', writeConfig(folder, '')]).ended;
    expect([code, stdout]).toEqual([0, `${join(folder, 'vitalgate.yaml')}: ok\n`]);
  });
});

describe('descriptions of APIs', () => {
  const content = (schema: object) => ({ content: { 'application/json': { schema } } });
  const described = {
    openapi: '3.0.0',
    info: { title: 'Shop', version: '1' },
    paths: {
      '/good/{id}': { get: { responses: { 200: content({ type: 'object' }) } } },
      '/bad': {
        post: { responses: {}, requestBody: content({ $ref: '#/components/schemas/Gone' }) },
      },
      '/odd': { get: { responses: { 200: content({ minimum: 'one' }) } } },
    },
  };

  it('are checked with the configuration, to the last schema', async () => {
    const folder = temporaryFolder();
    const [good, bad, none] = ['good.json', 'bad.json', 'none.yaml'].map((name) =>
      join(folder, name),
    );
    writeFileSync(bad ?? '', JSON.stringify(described));
    const { '/good/{id}': path } = described.paths;
    writeFileSync(good ?? '', JSON.stringify({ ...described, paths: { '/good/{id}': path } }));
    writeFileSync(none ?? '', 'no: description');
    const api = (name: string, document = '') =>
      `  - { name: ${name}, path: /${name}, upstreams: ["https://x.example"], openapi: { document: "${document}" } }`;
    const file = writeConfig(
      folder,
      [
        'apis:',
        api('a', good),
        api('b', bad),
        api('c', none),
        api('d', 'https://x.example/d'),
      ].join('\n'),
    );
    const { code, stderr } = await vitalgate(['check-config', file]).ended;
    const told = stderr.trim().replaceAll(file, '').split('\n');
    expect([code, told]).toEqual([
      2,
      [
        expect.stringMatching(/^:\d+:\d+ apis\.1\.openapi\.document: POST \/bad: .*Gone/),
        expect.stringMatching(/^:\d+:\d+ apis\.1\.openapi\.document: GET \/odd: .*minimum/),
        expect.stringMatching(
          /^:\d+:\d+ apis\.2\.openapi\.document: expected a document of OpenAPI/,
        ),
      ],
    ]);
  });
});

describe('reload', () => {
  it('on change and on SIGHUP: whole or not at all, and running streams go on', async () => {
    let finish = () => {};
    const first = await Upstream.start('first', (_received, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatEvents.slice(0, 2).join(''));
      finish = () => response.end(chatEvents.slice(2).join(''));
    });
    const second = await Upstream.start('second', answerWell);
    const folder = temporaryFolder();
    const patient = (config: string) => config.replace('idle: 1s', 'idle: 30s');
    const file = writeConfig(folder, patient(chatConfig('openai-chat', [first])));
    const gateway = vitalgate(['start', '--config', file]);
    await gateway.until(/^ready$/m);
    const url = gateway.address('gateway');
    const ask = (stream: boolean) => post(url, '/v1/chat/completions', { model: 'chat', stream });
    const health = async () =>
      (await (await fetch(`${url}/health`)).json()) as { reasons?: string[] };
    const metrics = async () => (await fetch(`${gateway.address('probes')}/metrics`)).text();
    const isTold = (line: string) => until(metrics, (text) => text.split('\n').includes(line));
    const running = await ask(true);

    // Replaced by a rename, as editors and config maps do.
    const next = join(folder, 'next');
    const good = readFileSync(file, 'utf8').replace(first.url, second.url);
    writeFileSync(next, good);
    renameSync(next, file);
    await isTold('vitalgate_config_reloads_total{result="applied"} 1');
    expect((await ask(false)).status).toBe(200);
    expect(second.calls).toHaveLength(1);

    // A broken file changes nothing, and is told of everywhere.
    writeFileSync(next, WRONG);
    renameSync(next, file);
    gateway.child.kill('SIGHUP');
    await isTold('vitalgate_config_applied 0');
    expect((await health()).reasons).toEqual(['config_not_applied']);
    expect(gateway.stderr).toContain('configuration not reloaded; the old one stays');
    expect((await ask(false)).status).toBe(200);
    expect(second.calls).toHaveLength(2);

    writeFileSync(next, good);
    renameSync(next, file);
    gateway.child.kill('SIGHUP');
    await isTold('vitalgate_config_applied 1');
    expect((await health()).reasons).toBeUndefined();

    finish();
    expect(await running.text()).toBe(chatEvents.join(''));
  });
});
