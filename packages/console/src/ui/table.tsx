import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type Row,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePrinting } from './printing.ts';
import classes from './table.module.css';

export interface Column<Item> {
  readonly id: string;
  readonly header: string;
  readonly cell: (item: Item) => ReactNode;
  /** What it is sorted by; absent: it is not. */
  readonly sort?: (item: Item) => string | number | null;
  /** A track of a CSS grid: `8rem`, `minmax(12rem, 1fr)`. */
  readonly width: string;
  /** `wide`: left out where there is no room for it. */
  readonly show?: 'always' | 'wide';
  readonly align?: 'end';
}

interface TableProps<Item> {
  readonly label: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly idOf: (item: Item) => string;
  /** Makes rows something to open, by mouse and by keyboard. */
  readonly onOpen?: (item: Item) => void;
  /** Shown in place of rows. */
  readonly empty: ReactNode;
  readonly rowHeight?: number;
  /** Of the scrolling part; absent: as high as its rows, up to most of the window. */
  readonly height?: string;
  /** Called when the end of the rows comes into view. */
  readonly onEnd?: () => void;
}

type SortValue = string | number | null;

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});
type Features = typeof features;

/** Nothing comes last, whichever way is up. */
function compare(one: SortValue, other: SortValue): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one).localeCompare(String(other), 'en', { numeric: true });
}

/**
 * A table that lays out only the rows in view, so that 100,000 of them scroll as ten do. Arrow keys
 * go from row to row, Home and End to the ends, Enter opens (WAI-ARIA grid pattern, rows as stops).
 */
export function DataTable<Item>(props: TableProps<Item>) {
  const { label, columns, items, idOf, onOpen, empty, rowHeight = 44, height, onEnd } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);

  const definitions = useMemo(
    () =>
      columns.map(({ id, header, sort }): ColumnDef<Features, { item: Item }> => {
        const base = { id, header, enableSorting: sort !== undefined };
        if (sort === undefined) return base;
        return {
          ...base,
          accessorFn: ({ item }: { item: Item }) => sort(item),
          sortFn: (a: Row<Features, { item: Item }>, b: Row<Features, { item: Item }>) =>
            compare(sort(a.original.item), sort(b.original.item)),
        };
      }),
    [columns],
  );
  const data = useMemo(() => items.map((item) => ({ item })), [items]);
  const table = useTable({ features, columns: definitions, data });
  const { rows } = table.getRowModel();

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    onChange: (instance) => {
      const last = instance.range?.endIndex ?? 0;
      if (onEnd !== undefined && rows.length > 0 && last >= rows.length - 5) onEnd();
    },
  });

  // On paper nobody scrolls: all that has been read is there.
  const laidOut = usePrinting()
    ? rows.map((_row, index) => ({ index, start: index * rowHeight }))
    : virtual.getVirtualItems();

  const go = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActive(next);
    virtual.scrollToIndex(next);
    // The row may have to be laid out first.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(),
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + 10,
      PageUp: active - 10,
      Home: 0,
      End: rows.length - 1,
    };
    const target = event.target as HTMLElement;
    if (target.dataset['index'] === undefined) return;
    const row = rows[active];
    if (event.key === 'Enter' && row !== undefined) onOpen?.(row.original.item);
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    go(move);
  };

  const tracks = columns.map(({ width }) => width).join(' ');
  const narrowTracks = columns
    .filter(({ show }) => show !== 'wide')
    .map(({ width }) => width)
    .join(' ');
  const cellClass = ({ show, align }: Column<Item>): string =>
    [
      classes['cell'],
      show === 'wide' ? classes['wide'] : '',
      align === 'end' ? classes['end'] : '',
    ].join(' ');

  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      style={{
        ...(height === undefined ? {} : { height }),
        ['--tracks' as string]: tracks,
        ['--narrow-tracks' as string]: narrowTracks,
      }}
      // What scrolls has to be reachable by keyboard even where no row is.
      tabIndex={rows.length === 0 ? 0 : -1}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={classes['head']}>
        <div role="row" aria-rowindex={1} className={classes['row']}>
          {columns.map((column) => {
            const own = table.getColumn(column.id);
            const sorted = own?.getIsSorted() ?? false;
            const Mark = sorted === 'asc' ? IconArrowUp : IconArrowDown;
            return (
              <div
                key={column.id}
                role="columnheader"
                className={cellClass(column)}
                {...(column.sort !== undefined && {
                  'aria-sort':
                    sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none',
                })}
              >
                {column.sort === undefined ? (
                  column.header
                ) : (
                  <button
                    type="button"
                    className={classes['sort']}
                    title={t('common.sortBy', { column: column.header })}
                    onClick={() => own?.toggleSorting()}
                  >
                    {column.header}
                    {sorted === false ? (
                      <IconArrowsSort size={12} aria-hidden className={classes['idle']} />
                    ) : (
                      <Mark size={12} aria-hidden />
                    )}
                  </button>
                )}
              </div>
            );
          })}
        </div>
      </div>
      {rows.length === 0 ? (
        <div role="rowgroup">
          <div role="row">
            <div role="gridcell">{empty}</div>
          </div>
        </div>
      ) : (
        <div
          role="rowgroup"
          className={classes['rows']}
          style={{ height: `${virtual.getTotalSize()}px` }}
        >
          {laidOut.map(({ index, start }) => {
            const item = rows[index]?.original.item;
            if (item === undefined) return null;
            return (
              <div
                key={idOf(item)}
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                tabIndex={index === Math.min(active, rows.length - 1) ? 0 : -1}
                className={`${classes['row']} ${onOpen === undefined ? '' : classes['open']}`}
                style={{ height: `${rowHeight}px`, transform: `translateY(${start}px)` }}
                onFocus={() => setActive(index)}
                {...(onOpen !== undefined && { onClick: () => onOpen(item) })}
              >
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={cellClass(column)}>
                    {column.cell(item)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}
