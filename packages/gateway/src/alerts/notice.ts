import type { AlertRow } from '../store/migrations.ts';

export type NoticeEvent = 'firing' | 'resolved' | 'test';

/** One message: what has begun, or what is over; several alerts of one moment are told together. */
export interface Notice {
  /** The same at every attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly event: NoticeEvent;
  readonly alerts: readonly AlertRow[];
  /** Wall-clock milliseconds of this attempt. */
  readonly at: number;
  /** Where people look further; undefined where nobody has said. */
  readonly link: string | undefined;
}

/** What was wrong with an attempt, and whether another can help. */
export interface Refusal {
  readonly problem: string;
  readonly isFinal: boolean;
}

const words = { firing: 'Firing', resolved: 'Resolved', test: 'Test' } as const;

export function subjectOf({ event, alerts }: Notice): string {
  if (event === 'test') return 'Vitalgate: a test, nothing is wrong';
  const [first] = alerts;
  const more = alerts.length > 1 ? ` and ${alerts.length - 1} more` : '';
  return `Vitalgate: ${words[event].toLowerCase()}: ${first?.subject ?? ''}${more}`;
}

export function linesOf(notice: Notice): string[] {
  const { event, alerts, link } = notice;
  if (event === 'test') return ['Test: this channel works. Nothing is wrong.'];
  const lines = alerts.map(({ message, rule, effects, started_at: since, ended_at: ended }) => {
    const told = JSON.parse(effects) as string[];
    const also = told.length === 0 ? '' : ` Also: ${told.join(', ')}.`;
    const when =
      ended === null
        ? `since ${new Date(since).toISOString()}`
        : `from ${new Date(since).toISOString()} to ${new Date(ended).toISOString()}`;
    return `${words[event]}: ${message} (${rule}, ${when}).${also}`;
  });
  return link === undefined ? lines : [...lines, link];
}
