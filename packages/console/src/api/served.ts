import { useQuery } from '@tanstack/react-query';

/**
 * Which endpoints this gateway serves, by its own description (`/api/openapi.json`); undefined until
 * it is known, and where nothing describes itself. A console may be newer than what it looks at.
 */
export function useServed(): ReadonlySet<string> | undefined {
  const described = useQuery({
    queryKey: ['/api/openapi.json'],
    queryFn: async ({ signal }) => {
      const answer = await fetch('/api/openapi.json', { signal });
      const isJson = answer.headers.get('content-type')?.includes('json') === true;
      return answer.ok && isJson ? endpointsOf(await answer.json()) : [];
    },
    staleTime: Infinity,
    retry: false,
  });
  return described.data === undefined || described.data.length === 0
    ? undefined
    : new Set(described.data);
}

function endpointsOf(document: unknown): string[] {
  const { paths = {} } = document as { paths?: Readonly<Record<string, object>> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}
