import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useClient } from '../api/client.ts';
import { read } from '../api/queries.ts';
import type { Session } from '../api/types.ts';
import { Loaded } from '../ui/loaded.tsx';
import { Shell } from './shell.tsx';

export function SignedIn() {
  const client = useClient();
  const session = useQuery({
    ...read(client, 'GET /api/session'),
    staleTime: Infinity,
    // Somebody else may have signed in, in another tab.
    refetchOnWindowFocus: 'always',
  });
  return <Loaded query={session}>{(who) => <ForOne session={who} />}</Loaded>;
}

/** Whose page it is, until it is loaded anew: it holds what they may see, and the key they typed. */
let owner: string | undefined;

function ForOne({ session }: { readonly session: Session }) {
  const isAnother = owner !== undefined && owner !== session.id;
  useEffect(() => {
    if (isAnother) globalThis.location.reload();
    else owner = session.id;
  }, [isAnother, session.id]);
  return isAnother ? null : <Shell session={session} />;
}
