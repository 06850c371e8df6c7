import type { Body, EndpointKey, Query } from '../endpoints.ts';
import { ApiFailure } from '../problems.ts';

/** What the mock was asked, after validation. */
export interface Asked<Key extends EndpointKey> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query<Key>;
  readonly body: Body<Key>;
  readonly ifMatch: string | undefined;
}

/** The item with this id or name. */
export function found<Item extends { readonly id: string } | { readonly name: string }>(
  items: readonly Item[],
  wanted: string | undefined,
): Item {
  const item = items.find((one) => ('id' in one ? one.id : one.name) === wanted);
  if (item === undefined) throw new ApiFailure('not_found', `there is no ${wanted ?? ''}`);
  return item;
}

/** Where a page begins; the cursor of a mock is a number. */
export function placeOf(cursor: string | undefined, first: number): number {
  if (cursor === undefined) return first;
  if (/^-?\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new ApiFailure('invalid_request', 'the cursor is not one that a list has given');
}

/** Names are given once. */
export function refuseTaken(
  items: readonly { readonly name: string }[],
  what: string,
  name: string,
): void {
  if (!items.some((one) => one.name === name)) return;
  throw new ApiFailure('already_exists', `there is a ${what} "${name}" already`);
}

/** The same, if it is still as it was read and is not the file's. */
export function foundToChange<
  Item extends ({ readonly id: string } | { readonly name: string }) & { readonly version: string },
>(
  items: readonly Item[],
  { params, ifMatch }: { params: Asked<EndpointKey>['params']; ifMatch: string | undefined },
): Item {
  const item = found(items, params['id'] ?? params['name']);
  if ('managedBy' in item && item.managedBy === 'file') {
    throw new ApiFailure('managed_by_file', 'it is in the configuration file; change it there');
  }
  if (ifMatch !== undefined && ifMatch !== item.version) {
    throw new ApiFailure('version_changed', 'somebody else has changed it meanwhile');
  }
  return item;
}
