import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './migrations/step.ts';

/** Where a store is, as the configuration says it. */
export interface Place {
  readonly engine: Engine;
  /** Path of the file, or the URL of the server with its password. */
  readonly at: string;
  /** The same for people: without password. */
  readonly shown: string;
}

export function placeOf(url: string): Place {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length);
    return { engine: 'sqlite', at: path, shown: path };
  }
  return { engine: 'postgres', at: url, shown: withoutPassword(url) };
}

/** The password may also stand in the query (PostgreSQL, section 34.1.1.2). */
function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null) return 'postgres://…';
  url.password = '';
  url.search = '';
  return url.href;
}

/** What of the URL of a store must never be shown. */
export function passwordsIn(text: string): string[] {
  const url = URL.parse(text);
  const written = [url?.password ?? '', url?.searchParams.get('password') ?? ''];
  return written.flatMap((password) => [password, decoded(password)]).filter(Boolean);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where an instance keeps what its store has not taken yet, unless the configuration says. */
export const spoolOf = ({ engine, at }: Place): string =>
  engine === 'sqlite' ? `${at}.journal` : './data/spool';

/** Where the key is that secrets are encrypted with, unless the environment has it; undefined where there is no place. */
export const keyFileOf = ({ engine, at }: Pick<Place, 'engine' | 'at'>): string | undefined =>
  engine === 'sqlite' ? `${at}.key` : undefined;

/** Where remembered answers are kept in a file, unless the configuration says. */
export const answersFileOf = ({ engine, at }: Place): string =>
  engine === 'sqlite' ? `${at}.answers` : './data/answers.db';

/**
 * Each worker writes a journal of its own, the first in the spool itself. What workers left that
 * are no more (there were more of them before) is taken over by the first.
 */
export function spoolOfWorker(spool: string, index: number, workers: number): string {
  if (index > 0) return join(spool, `worker-${index}`);
  mkdirSync(spool, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(spool)) {
    if (!/^worker-\d+$/.test(name) || Number(name.slice(7)) < workers) continue;
    const folder = join(spool, name);
    for (const file of readdirSync(folder).filter((one) => one.endsWith('.jsonl'))) {
      renameSync(join(folder, file), join(spool, file.replace('.jsonl', `-${name}.jsonl`)));
    }
    rmSync(folder, { recursive: true });
  }
  return spool;
}
