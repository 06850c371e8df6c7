import {
  queryOptions,
  useMutation,
  useQueryClient,
  type UseMutationResult,
} from '@tanstack/react-query';
import {
  ApiError,
  newIdempotencyKey,
  type Answer,
  type ApiClient,
  type CallInput,
  type EndpointKey,
} from '@vitalgate/contract/api/client';
import { useRef } from 'react';
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

/**
 * Changes something, then reads again what the change touched; so too where somebody else has changed it
 * first.
 */
export function useChange<Key extends Changing>(
  key: Key,
  touched: readonly Reading[],
): UseMutationResult<Answer<Key>, Error, CallInput<Key>> {
  const client = useClient();
  const queries = useQueryClient();
  const asked = useRef<{ readonly input: string; readonly id: string }>(undefined);
  const readAgain = () =>
    Promise.all(touched.map((one) => queries.invalidateQueries({ queryKey: [one] })));
  return useMutation({
    mutationFn(input: CallInput<Key>) {
      const said = JSON.stringify(input);
      // What is asked for again because no answer came may have been done already: it is done once.
      if (asked.current?.input !== said) asked.current = { input: said, id: newIdempotencyKey() };
      return client.call(key, { ...input, idempotencyKey: asked.current.id });
    },
    onSuccess() {
      asked.current = undefined;
      return readAgain();
    },
    onError(error) {
      if (error instanceof ApiError && error.code === 'version_changed') void readAgain();
    },
  });
}
