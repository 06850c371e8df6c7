import { Said } from './said.tsx';
import type { Column } from './table.tsx';

/** The first column of what people have named. */
export const nameColumn = <Item extends { readonly name: string }>(
  header: string,
): Column<Item> => ({
  id: 'name',
  header,
  width: 'minmax(7rem, 1.5fr)',
  sort: ({ name }) => name,
  cell: ({ name }) => (
    <strong>
      <Said>{name}</Said>
    </strong>
  ),
});
