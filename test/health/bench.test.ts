/** What `npm run bench -- --only health` measures is what it says it measures. */
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { readOptions } from '../../bench/options.ts';
import { Running } from '../../bench/processes.ts';

const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

it('compares libraries when health is named, and gateways otherwise', () => {
  const health = readOptions(['--only', 'health']);
  expect(names(health.scenarios)).toEqual(['health']);
  expect(names(health.contenders)).toContain('@vitalgate/health');
  expect(names(health.contenders)).not.toContain('nginx');
  const usual = readOptions([]);
  expect(names(usual.scenarios)).not.toContain('health');
  expect(names(usual.contenders)).toEqual([
    'direct',
    'nginx',
    'before',
    'vitalgate',
    'all controls',
    '200 targets',
    'translated',
    'portkey',
  ]);
  const few = readOptions(['--only', 'health,@godaddy/terminus,nginx']);
  expect(names(few.contenders)).toEqual(['@godaddy/terminus']);
});

it.each([
  ['serve-vitalgate.ts', '"database":"pass"'],
  ['serve-node.ts', '"database":"pass"'],
])('%s reports, and a thousand reports are no look at the dependency', async (file, report) => {
  const program = fileURLToPath(new URL(`../../bench/health/${file}`, import.meta.url));
  const service = new Running(undefined, process.execPath, [
    '--conditions=vitalgate-source',
    program,
  ]);
  onTestFinished(() => service.kill());
  const [, port] = await service.says(/^port (\d+)$/m, 20_000);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const began = performance.now();
  const before = Number(await get('/looks'));
  const reports = await Promise.all(Array.from({ length: 1_000 }, () => get('/health')));
  expect(reports.every((one) => one.includes(report))).toBe(true);
  const intervals = (performance.now() - began) / 1_000;
  expect(Number(await get('/looks')) - before).toBeLessThanOrEqual(Math.ceil(intervals / 0.8));
});
