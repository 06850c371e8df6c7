import { Client } from 'pg';
import { journalColumns } from './journal-columns.ts';
import type { LedgerSink, Values } from './ledger-sink.ts';
import { postgresSettings } from './postgres-settings.ts';

/** One parameter holds any number of rows; PostgreSQL reads them by the types of the table. */
function insertion(length: number): string {
  const columns = journalColumns.slice(0, length).join(', ');
  return `INSERT INTO ledger (${columns})
    SELECT ${columns} FROM json_populate_recordset(NULL::ledger, $1::json)
    ON CONFLICT (id) DO NOTHING`;
}

/** Keeps one connection, and makes another when it breaks. */
export function postgresSink(url: string): LedgerSink {
  const settings = postgresSettings(url);
  let client: Client | undefined;

  const letGo = (): void => {
    client?.end().catch(() => undefined);
    client = undefined;
  };
  const connected = async (): Promise<Client> => {
    if (client !== undefined) return client;
    const made = new Client(settings);
    // It may break while nobody uses it.
    made.on('error', () => {
      if (client === made) letGo();
    });
    await made.connect();
    client = made;
    return made;
  };
  const insert = async (rows: readonly Values[]): Promise<number> => {
    try {
      const length = rows[0]?.length ?? 0;
      await (await connected()).query(insertion(length), [JSON.stringify(rows.map(record))]);
      return 0;
    } catch (error) {
      if (!isAboutData(error)) {
        letGo();
        throw error;
      }
    }
    // One that can never be kept must not hold up the others: halves find it.
    if (rows.length === 1) return 1;
    const middle = rows.length >> 1;
    return (await insert(rows.slice(0, middle))) + (await insert(rows.slice(middle)));
  };
  return { insert, close: letGo };
}

/** Classes 22 and 23: data exceptions and broken constraints (PostgreSQL, appendix A). */
const isAboutData = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));

const record = (row: Values) =>
  Object.fromEntries(row.map((value, i) => [journalColumns[i], clean(value)]));

/** Callers choose names of models; a text of PostgreSQL holds no NUL and no half of a pair. */
const clean = (value: string | number | null) =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value;
