import { chosen, oneOf, textOf, type Search } from '../../app/search.ts';

export const groupings = ['day', 'hour', 'model', 'key', 'team', 'owner', 'target'] as const;
export const spans = ['24h', '7d', '30d', '90d'] as const;

export const readUsageSearch = (search: Search) =>
  chosen({
    by: oneOf(groupings, search['by']),
    span: oneOf(spans, search['span']),
    model: textOf(search['model']),
  });
