import { createClient, type ApiClient } from '@vitalgate/contract/api/client';
import { createMock, type MockOptions } from '@vitalgate/contract/api/mock';

const people: readonly unknown[] = [
  'owner',
  'operator',
  'viewer',
  'member',
  'nobody',
  'new',
] satisfies MockOptions['signedIn'][];
const isPerson = (name: unknown): name is NonNullable<MockOptions['signedIn']> =>
  people.includes(name);

/** `?as=viewer` shows what a viewer sees, `?requests=100000` how much it bears. */
export function demoClient(): ApiClient {
  const search = new URLSearchParams(globalThis.location.search);
  const as = search.get('as');
  const requests = Number(search.get('requests') ?? 5000);
  const mock = createMock({
    signedIn: isPerson(as) ? as : 'owner',
    requests: Number.isInteger(requests) && requests >= 0 ? requests : 5000,
  });
  return createClient({ fetch: mock.fetch });
}
