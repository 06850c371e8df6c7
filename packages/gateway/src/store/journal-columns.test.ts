import { expect, it } from 'vitest';
import { journalColumns, valuesOf } from './journal-columns.ts';
import type { LedgerRow } from './migrations.ts';

it('gives the values of a row in the order of the columns', () => {
  const row = Object.fromEntries(journalColumns.map((name) => [name, name]));
  expect(valuesOf(row as unknown as LedgerRow)).toEqual(journalColumns);
});
