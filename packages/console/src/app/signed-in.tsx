import { useQuery } from '@tanstack/react-query';
import { useClient } from '../api/client.ts';
import { read } from '../api/queries.ts';
import { Loaded } from '../ui/loaded.tsx';
import { Shell } from './shell.tsx';

export function SignedIn() {
  const client = useClient();
  const session = useQuery({ ...read(client, 'GET /api/session'), staleTime: Infinity });
  return <Loaded query={session}>{(who) => <Shell session={who} />}</Loaded>;
}
