import { chosen, oneOf, textOf, type Search } from '../../app/search.ts';

export const outcomes = ['completed', 'refused', 'failed', 'abandoned', 'interrupted'] as const;

export const readRequestsSearch = (search: Search) =>
  chosen({
    q: textOf(search['q']),
    model: textOf(search['model']),
    target: textOf(search['target']),
    key: textOf(search['key']),
    outcome: oneOf(outcomes, search['outcome']),
    live: search['live'] === false ? (false as const) : undefined,
  });
