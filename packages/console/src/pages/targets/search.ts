import { chosen, oneOf, textOf, type Search } from '../../app/search.ts';

export const states = ['serving', 'resting', 'probing', 'ramping', 'drained'] as const;

export const readTargetsSearch = (search: Search) =>
  chosen({ state: oneOf(states, search['state']), q: textOf(search['q']) });
