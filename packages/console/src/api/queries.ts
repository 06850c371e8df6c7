import {
  queryOptions,
  useMutation,
  useQueryClient,
  type UseMutationResult,
} from '@tanstack/react-query';
import type { Answer, ApiClient, CallInput, EndpointKey } from '@vitalgate/contract/api/client';
import { useClient } from './client.ts';

/** Endpoints that change nothing, and may be asked again at will. */
export type Reading = Extract<EndpointKey, `GET ${string}`>;
type Changing = Exclude<EndpointKey, Reading>;

/**
 * What an endpoint tells, under the endpoint's own name: pages that ask the same share one answer,
 * and a change invalidates by that name.
 */
export function read<Key extends Reading>(
  client: ApiClient,
  key: Key,
  input?: Omit<CallInput<Key>, 'signal'>,
) {
  return queryOptions({
    queryKey: [key, input ?? {}] as const,
    queryFn: ({ signal }): Promise<Answer<Key>> =>
      client.call(key, { ...input, signal } as unknown as CallInput<Key>),
  });
}

/** Changes something, then reads again what the change touched. */
export function useChange<Key extends Changing>(
  key: Key,
  touched: readonly Reading[],
): UseMutationResult<Answer<Key>, Error, CallInput<Key>> {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: CallInput<Key>) => client.call(key, input),
    onSuccess: () =>
      Promise.all(touched.map((one) => queries.invalidateQueries({ queryKey: [one] }))),
  });
}
