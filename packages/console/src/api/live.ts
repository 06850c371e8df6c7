import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import {
  ApiError,
  type ApiEvent,
  type EventData,
  type EventName,
} from '@vitalgate/contract/api/client';
import { createContext, use, useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from './client.ts';
import { read } from './queries.ts';
import type { Overview, Pulse, Target } from './types.ts';

/** What is told without being asked for: one line to the gateway for the whole console. */
export interface Live {
  readonly isConnected: boolean;
  /** Whether nothing is told because nobody is signed in any more. */
  readonly isOver: boolean;
  readonly pulse: Pulse | undefined;
  /** Hears every event until the returned function is called. */
  readonly hear: (listener: (event: ApiEvent) => void) => () => void;
}

const LiveContext = createContext<Live>({
  isConnected: true,
  isOver: false,
  pulse: undefined,
  hear: () => () => {},
});
export const LiveProvider = LiveContext.Provider;
export const useLive = (): Live => use(LiveContext);

/** Listens as long as the component that calls it is shown. */
export function useListening(): Live {
  const client = useClient();
  const queries = useQueryClient();
  const [listeners] = useState(() => new Set<(event: ApiEvent) => void>());
  const [isConnected, setConnected] = useState(true);
  const [isOver, setOver] = useState(false);
  const session = useQuery({ ...read(client, 'GET /api/session'), staleTime: Infinity });
  // Somebody has signed in meanwhile, in another tab: it is asked for when one comes back to this one.
  if (isOver && session.isSuccess) setOver(false);
  const [pulse, setPulse] = useState<Pulse>();
  const hear = useCallback(
    (listener: (event: ApiEvent) => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    [listeners],
  );

  useEffect(() => {
    if (isOver) return undefined;
    const leaving = new AbortController();
    const take = (event: ApiEvent): void => {
      if (event.name === 'connection') setConnected(event.data === 'open');
      if (event.name === 'pulse') setPulse(event.data);
      apply(queries, event);
      for (const listener of listeners) listener(event);
    };
    // It ends when the page is left, or when the session has.
    client.listen(take, { signal: leaving.signal }).catch((error: unknown) => {
      // A gateway that tells nothing by itself is asked again now and then.
      const isSilent = error instanceof ApiError && error.code === 'not_found';
      if (leaving.signal.aborted || isSilent) return;
      setConnected(false);
      const isSignedOut = error instanceof ApiError && error.code === 'not_signed_in';
      void queries
        .invalidateQueries({ queryKey: ['GET /api/session'] })
        // By then it is known whether somebody has signed in already.
        .then(() => setOver(isSignedOut));
    });
    return () => leaving.abort();
  }, [client, queries, listeners, isOver]);

  return { isConnected, isOver, pulse, hear };
}

/** Hears events of one kind, with the listener of the latest render. */
export function useEvent<Name extends EventName>(
  name: Name,
  listener: (data: EventData<Name>) => void,
): void {
  const { hear } = useLive();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(
    () =>
      hear((event) => {
        if (event.name === name) {
          // The name says which data it is; the compiler cannot follow it through the generic.
          latest.current(event.data as EventData<Name>);
        }
      }),
    [hear, name],
  );
}

/** What is shown becomes true at once; what only a new question can tell is asked again. */
function apply(queries: QueryClient, event: ApiEvent): void {
  const again = (...keys: string[]) => {
    for (const key of keys) void queries.invalidateQueries({ queryKey: [key] });
  };
  switch (event.name) {
    case 'target': {
      const changed: Target = event.data;
      const replace = (targets: readonly Target[]) =>
        targets.map((one) => (one.id === changed.id ? changed : one));
      queries.setQueriesData<{ items: Target[] }>({ queryKey: ['GET /api/targets'] }, (old) =>
        old === undefined ? old : { ...old, items: replace(old.items) },
      );
      queries.setQueriesData<Overview>({ queryKey: ['GET /api/overview'] }, (old) =>
        old === undefined ? old : { ...old, targets: replace(old.targets) },
      );
      again('GET /api/targets/{id}');
      break;
    }
    case 'change':
      again('GET /api/targets/{id}/history', 'GET /api/overview');
      break;
    case 'incident':
      again('GET /api/incidents', 'GET /api/incidents/{id}', 'GET /api/overview');
      break;
    case 'alert':
      again('GET /api/alerts', 'GET /api/overview');
      break;
    case 'drill':
      queries.setQueryData(['GET /api/drills/{id}', { params: { id: event.data.id } }], event.data);
      again('GET /api/drills');
      break;
    case 'configuration':
      // Anything may have changed.
      void queries.invalidateQueries();
      break;
    case 'connection':
      // While the line was broken, anything may have happened.
      if (event.data === 'open') void queries.invalidateQueries();
      break;
    case 'pulse':
    case 'request':
      break;
  }
}
