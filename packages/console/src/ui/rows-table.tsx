import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { Sideways } from './sideways.tsx';

interface RowsTableProps {
  readonly label: string;
  readonly heads: readonly string[];
  readonly isNumeric?: boolean;
  /** The rows. */
  readonly children: ReactNode;
}

/** A table of a few rows, all of them laid out; long ones are a `DataTable`. */
export const RowsTable = ({ label, heads, isNumeric = false, children }: RowsTableProps) => (
  <Sideways label={label}>
    <Table>
      <Table.Thead>
        <Table.Tr>
          {heads.map((head) => (
            <Table.Th key={head}>{head}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody className={isNumeric ? 'numeric' : ''}>{children}</Table.Tbody>
    </Table>
  </Sideways>
);
