/**
 * The back of what is captured: redacts and writes it down on a thread of its own, because a prompt
 * takes milliseconds to be read that no stream should wait for.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CaptureConfig } from '@vitalgate/contract';
import { systemClock } from '@vitalgate/health';
import { keepCaptures } from '../store/captures.ts';
import { connectStore } from '../store/database.ts';
import type { CaptureRow } from '../store/migrations.ts';
import { CaptureRedactor, type Side } from './redact.ts';

/** One call, from the thread that made it. */
export interface Captured extends Pick<CaptureRow, 'id' | 'at' | 'key_id' | 'team' | 'owner'> {
  readonly redact: CaptureConfig['redact'];
  /** Undefined where it was too long. */
  readonly request: Side | undefined;
  readonly answer: Side | undefined;
}

/** So many are written down or, for good, are not. */
export interface CaptureReport {
  readonly kept: number;
  readonly lost: number;
  readonly problem: string | undefined;
}

export type CaptureOrder = { readonly captured: Captured } | 'finish';

/** What comes together is written together; a killed process loses no more than this and a commit. */
const GATHER_MS = 50;
/** A store that took nothing is asked again this much later. */
const AGAIN_MS = 250;
const MOST_AT_ONCE = 100;

const store = await connectStore(workerData as string);
const redactors = new Map<string, CaptureRedactor>();
const waiting: CaptureRow[] = [];
let redacting: Promise<void> = Promise.resolve();
let writing: Promise<void> = Promise.resolve();
let isWriting = false;
let isFinishing = false;

const tell = (report: CaptureReport) => parentPort?.postMessage(report);

parentPort?.on('message', (order: CaptureOrder) => {
  if (order === 'finish') {
    isFinishing = true;
    redacting = redacting.then(finish);
    return;
  }
  redacting = redacting.then(() => take(order.captured));
});

async function take(captured: Captured): Promise<void> {
  const { redact, request, answer, ...rest } = captured;
  const name = redact.join(' ');
  let redactor = redactors.get(name);
  if (redactor === undefined) redactors.set(name, (redactor = new CaptureRedactor(redact)));
  try {
    waiting.push({
      ...rest,
      request: clean(request && (await redactor.request(request))),
      answer: clean(answer && (await redactor.answer(answer))),
      redacted: redact.join(','),
    });
  } catch (error) {
    tell({ kept: 0, lost: 1, problem: messageOf(error) });
    return;
  }
  if (!isWriting) {
    isWriting = true;
    systemClock.after(GATHER_MS, () => void write());
  }
}

/** One after the other: two at once would each take off what the other has written down. */
function write(): Promise<void> {
  writing = writing.then(writeWaiting);
  return writing;
}

async function writeWaiting(): Promise<void> {
  while (waiting.length > 0) {
    const rows = waiting.slice(0, MOST_AT_ONCE);
    try {
      await keepCaptures(store, rows);
    } catch (error) {
      tell({ kept: 0, lost: 0, problem: messageOf(error) });
      store.renew();
      if (!isFinishing) systemClock.after(AGAIN_MS, () => void write());
      return;
    }
    waiting.splice(0, rows.length);
    tell({ kept: rows.length, lost: 0, problem: undefined });
  }
  isWriting = false;
}

async function finish(): Promise<void> {
  await write();
  tell({ kept: 0, lost: waiting.length, problem: undefined });
  await store.close();
  parentPort?.close();
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A text of PostgreSQL holds no NUL and no half of a pair. */
const clean = (text: string | undefined): string | null =>
  text === undefined ? null : text.toWellFormed().replaceAll('\0', '\uFFFD');
