import { useQueryClient } from '@tanstack/react-query';
import type { BodyInput, PlayEvent } from '@vitalgate/contract/api/client';
import { useEffect, useRef, useState } from 'react';
import { useClient } from '../../api/client.ts';
import { formatMs } from '../../ui/format.ts';
import type { Dialect } from './dialects.ts';
import { AnswerReader } from './reader.ts';

type DataOf<Name extends PlayEvent['name']> = Extract<PlayEvent, { name: Name }>['data'];

/** What has come until now. */
export interface Played {
  readonly head: DataOf<'head'>;
  /** What people are meant to read of it. */
  readonly text: string;
  readonly wire: string;
  /** The same, with the time of each piece. */
  readonly timed: string;
  readonly pieces: number;
  /** Of the newest piece, from the sending on. */
  readonly atMs: number | undefined;
  /** Undefined while more may come, and where the asking was broken off. */
  readonly end: DataOf<'end'> | undefined;
}

export interface Play {
  readonly played: Played | undefined;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly send: (
    body: BodyInput<'POST /api/playground'>,
    dialect: Pick<Dialect, 'textOf'>,
  ) => Promise<void>;
  readonly cancel: () => void;
}

/** Asks a model, and shows the answer as it comes; leaving the page breaks it off. */
export function usePlay(): Play {
  const client = useClient();
  const queries = useQueryClient();
  const [played, setPlayed] = useState<Played>();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const leaving = useRef<AbortController>(undefined);
  const cancel = (): void => leaving.current?.abort();
  useEffect(() => () => leaving.current?.abort(), []);

  const send: Play['send'] = async (body, dialect) => {
    cancel();
    const own = new AbortController();
    leaving.current = own;
    setPlayed(undefined);
    setError(null);
    setPending(true);
    const take = taking(new AnswerReader(dialect));
    try {
      await client.play({ body, signal: own.signal }, (event) => setPlayed(take(event)));
    } catch (problem) {
      // Whoever cancelled knows.
      if (!own.signal.aborted) setError(problem as Error);
    } finally {
      if (leaving.current === own) setPending(false);
      void queries.invalidateQueries({ queryKey: ['GET /api/overview'] });
    }
  };
  return { played, isPending, error, send, cancel };
}

/** Adds one event to what has come before. */
function taking(reader: AnswerReader): (event: PlayEvent) => Played | undefined {
  let played: Played | undefined;
  return ({ name, data }) => {
    if (name === 'head') {
      const nothing = { text: '', wire: '', timed: '', pieces: 0, atMs: undefined };
      played = { head: data, ...nothing, end: undefined };
    } else if (name === 'piece' && played !== undefined) {
      reader.push(data.text);
      const { timed, pieces } = played;
      played = {
        ...played,
        text: reader.text,
        wire: reader.wire,
        timed: `${timed}${pieces === 0 ? '' : '\n'}▸ ${formatMs(data.atMs)}\n${data.text}`,
        pieces: pieces + 1,
        atMs: data.atMs,
      };
    } else if (name === 'end' && played !== undefined) {
      reader.end();
      played = { ...played, text: reader.text, end: data };
    }
    return played;
  };
}
