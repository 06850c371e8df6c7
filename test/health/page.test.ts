/** docs/health.md says which test shows which case, and hands out a command: both hold. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { freePort } from '../harness/free-port.ts';
import { filled, idsIn, testsById } from '../../tools/standards.ts';
import { listen } from './servers.ts';

const page = readFileSync(new URL('../../docs/health.md', import.meta.url), 'utf8');

describe('the tables', () => {
  it('name the tests there are, and a reason where there is none', () => {
    const { text, problems } = filled(page, testsById());
    expect(problems).toEqual([]);
    // Out of date? `node tools/standards.ts` writes it anew.
    expect(text).toBe(page);
  });

  it('are wrong in each way that they can be', () => {
    const tests = new Map([
      ['J1', ['`a.test.ts`', '`b.test.ts`']],
      ['J3', ['`a.test.ts`']],
      ['J9', ['`a.test.ts`']],
    ]);
    const rows = ['| J1 | x | y |', '| J2 | x | |', '| J3 | x | not ours: z |', '| J1 | x | |'];
    const { text, problems } = filled(rows.join('\n'), tests);
    expect(text.split('\n')[0]).toBe('| J1 | x | `a.test.ts` `b.test.ts` |');
    expect(problems).toEqual([
      'J2 has neither a test nor a reason',
      'J3 is excused, and has a test',
      'J1 is listed twice',
      'J9 is tested, and unknown',
    ]);
  });
});

describe('the ids of a test file', () => {
  it.each([
    [`test('J3: says', () => {})`, ['J3']],
    [`it('J3, J4: says', () => {})`, ['J3', 'J4']],
    [`it("H4 H5 a slash", () => {})`, ['H4', 'H5']],
    ['describe(`O2 grammar ${n}`, () => {})', ['O2']],
    [`describe('x', () => { test('K1', () => {}); })`, ['K1']],
    [`test.each(['K2', 'K3'])('%s', () => {})`, ['K2', 'K3']],
    [`it.each([['A1', 2], ['A2', 3]] as const)('%s', () => {})`, ['A1', 'A2']],
    [`it.each([[1, 'A1']])('A3: %s', () => {})`, ['A3']],
    [`test('says J3', () => expect('J4').toBe(['J5']))`, []],
    [`test('H2O is water', () => {})`, []],
    [`check('J3', {}); const rows = ['J4'];`, []],
  ])('of %s are %j', (source, ids) => {
    expect([...idsIn(source)]).toEqual(ids);
  });
});

describe('Docker’s command', () => {
  const [, words = '[]'] = /^ {2}CMD (\[.*\])$/m.exec(page) ?? [];
  const [program = '', ...args] = JSON.parse(words) as string[];

  /** As a container would run it: nothing in the environment but the port. */
  async function run(port: number) {
    const began = performance.now();
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      env: { PORT: String(port) },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    }
    const [exit] = (await once(child, 'close')) as [number];
    return { exit, said, ms: performance.now() - began };
  }

  it('D1, D3, D4: finds the port in the environment, ends with 0 or 1, and says nothing', async () => {
    let status = 200;
    const port = await listen(
      createServer((request, response) => {
        response.writeHead(request.url === '/livez' ? status : 404).end('{}');
      }),
    );
    expect(await run(port)).toMatchObject({ exit: 0, said: '' });
    status = 503;
    expect(await run(port)).toMatchObject({ exit: 1, said: '' });
    expect(await run(await freePort())).toMatchObject({ exit: 1, said: '' });
  });

  it('D2: takes less than 300 ms from a cold start', async () => {
    const port = await listen(createServer((_, response) => response.end('{}')));
    const times: number[] = [];
    // Other processes may have the machine for a moment; they do not have it five times.
    for (let n = 0; n < 5; n += 1) times.push((await run(port)).ms);
    expect(Math.min(...times)).toBeLessThan(300);
  });
});
