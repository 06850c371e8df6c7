import { chosen, oneOf, textOf, type Search } from '../../app/search.ts';
import { dialectNames } from './dialects.ts';

export const readPlaygroundSearch = (search: Search) =>
  chosen({
    dialect: oneOf(dialectNames, search['dialect']),
    model: textOf(search['model']),
    whole: search['whole'] === true ? (true as const) : undefined,
  });
