import { sql } from 'kysely';
import type { Step } from './step.ts';

export const keysAndLedger: Step = async (db, engine) => {
  // By bytes, as SQLite does, whatever the language of the database: ranges find beginnings.
  const ordered = engine === 'postgres' ? sql`text COLLATE "C"` : 'text';
  await db.schema
    .createTable('keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema
    .createTable('admin_tokens')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('ledger')
    .addColumn('id', ordered, (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('model', ordered, (column) => column.notNull())
    .addColumn('provider', 'text')
    .addColumn('upstream_model', 'text')
    .addColumn('dialect', 'text', (column) => column.notNull())
    .addColumn('operation', 'text', (column) => column.notNull())
    .addColumn('streamed', 'bigint', (column) => column.notNull())
    .addColumn('status', 'bigint', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('attempts', 'bigint', (column) => column.notNull())
    .addColumn('input_tokens', 'bigint')
    .addColumn('cached_tokens', 'bigint')
    .addColumn('output_tokens', 'bigint')
    .addColumn('reasoning_tokens', 'bigint')
    .addColumn('first_ms', 'double precision')
    .addColumn('total_ms', 'double precision', (column) => column.notNull())
    .addColumn('gateway_ms', 'double precision', (column) => column.notNull())
    .addColumn('tried', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('state')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('ledger_by_time').on('ledger').column('at').execute();
};
