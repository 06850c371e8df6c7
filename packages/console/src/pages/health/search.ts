import { chosen, oneOf, type Search } from '../../app/search.ts';

export const kinds = ['model', 'target', 'api'] as const;

export const readHealthSearch = (search: Search) => chosen({ kind: oneOf(kinds, search['kind']) });
