import { useQueryClient } from '@tanstack/react-query';
import type { BodyInput, PlayEvent } from '@vitalgate/contract/api/client';
import { useEffect, useRef, useState } from 'react';
import { useClient } from '../../api/client.ts';

type DataOf<Name extends PlayEvent['name']> = Extract<PlayEvent, { name: Name }>['data'];

/** What has come until now. */
export interface Played {
  readonly head: DataOf<'head'>;
  readonly pieces: readonly DataOf<'piece'>[];
  /** Undefined while more may come, and where the asking was broken off. */
  readonly end: DataOf<'end'> | undefined;
}

export interface Play {
  readonly played: Played | undefined;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly send: (body: BodyInput<'POST /api/playground'>) => Promise<void>;
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

  const send: Play['send'] = async (body) => {
    cancel();
    const own = new AbortController();
    leaving.current = own;
    setPlayed(undefined);
    setError(null);
    setPending(true);
    try {
      await client.play({ body, signal: own.signal }, (event) =>
        setPlayed((old) => withEvent(old, event)),
      );
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

function withEvent(old: Played | undefined, { name, data }: PlayEvent): Played | undefined {
  if (name === 'head') return { head: data, pieces: [], end: undefined };
  if (old === undefined) return old;
  return name === 'piece' ? { ...old, pieces: [...old.pieces, data] } : { ...old, end: data };
}
