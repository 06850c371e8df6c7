import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '@vitalgate/contract/api/client';

/** `onSignedOut` is called when an answer says that the session is over. */
export function createQueries(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        const isOver = error instanceof ApiError && error.code === 'not_signed_in';
        if (isOver && query.queryKey[0] !== 'GET /api/session') onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5000,
        // What is refused stays refused; what did not answer is asked again.
        retry: (count, error) =>
          count < 2 && !(error instanceof ApiError && error.problem.status < 500),
      },
    },
  });
}
