import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apiProblemKinds } from './api/problems.ts';
import { Failure, failureKinds, StartFailure, startFailureKinds } from './failures.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** Rows of the page's tables whose first cell is a code. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| |[`]| \|$/g, '')));

describe('docs/errors.md', () => {
  it('says of every failure what the table says, and of no other', () => {
    const told = rows.filter((cells) => cells.length === 5);
    const declared = Object.entries(failureKinds).map(
      ([code, { status, fault, retry, meaning }]) => [
        code,
        String(status),
        fault,
        retry ? 'yes' : 'no',
        meaning.replaceAll('`', ''),
      ],
    );
    expect(told).toEqual(declared);
  });

  it('says the same of the admin API', () => {
    const told = rows.filter((cells) => cells.length === 4);
    const declared = Object.entries(apiProblemKinds).map(([code, { status, retry, meaning }]) => [
      code,
      String(status),
      retry ? 'yes' : 'no',
      meaning.replaceAll('`', ''),
    ]);
    expect(told).toEqual(declared);
  });

  it('says the same of failures to start', () => {
    const told = rows.filter((cells) => cells.length === 3);
    const declared = Object.entries(startFailureKinds).map(([code, { exitCode, meaning }]) => [
      code,
      String(exitCode),
      meaning,
    ]);
    expect(told).toEqual(declared);
  });
});

describe('a failure', () => {
  it('knows its kind', () => {
    const failure = new Failure('rate_limited', 'wait', { retryAfter: 3, cause: 'x' });
    expect(failure).toMatchObject({
      kind: { status: 429, fault: 'quota' },
      retryAfter: 3,
      cause: 'x',
    });
    expect(new StartFailure('invalid_config', 'x').exitCode).toBe(2);
  });
});
