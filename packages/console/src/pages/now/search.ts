import { chosen, oneOf, type Search } from '../../app/search.ts';

export const windows = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;

export const readNowSearch = (search: Search) =>
  chosen({ window: oneOf(windows, search['window']) });
