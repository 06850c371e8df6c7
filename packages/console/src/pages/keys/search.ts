import { chosen, oneOf, textOf, type Search } from '../../app/search.ts';

export const keyStatuses = ['active', 'expired', 'revoked'] as const;

export const readKeysSearch = (search: Search) =>
  chosen({
    status: oneOf(keyStatuses, search['status']),
    team: textOf(search['team']),
    q: textOf(search['q']),
    /** Which key's details are open. */
    open: textOf(search['open']),
  });
