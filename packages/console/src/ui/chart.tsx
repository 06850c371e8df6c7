import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import classes from './chart.module.css';
import { formatDateTime, formatDay, formatMinute } from './format.ts';

export interface Series {
  readonly label: string;
  /** One for each point in time; null where nothing is known. */
  readonly values: readonly (number | null)[];
  readonly colour: 1 | 2 | 3 | 4 | 5;
  readonly shape?: 'line' | 'bars';
}

interface ChartProps {
  readonly label: string;
  /** RFC 3339, in order. */
  readonly times: readonly string[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  readonly height?: number;
}

/**
 * A plot over time. It is a picture; the same numbers stand below it as a table for whoever cannot
 * or does not want to see it.
 */
export function Chart({ label, times, series, format, height = 180 }: ChartProps) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const { ref, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  const shape = series.map((one) => `${one.label}:${one.colour}:${one.shape}`).join('|');
  const data = useMemo(
    () =>
      [
        times.map((at) => Date.parse(at) / 1000),
        ...series.map(({ values }) => [...values]),
      ] as UPlot.AlignedData,
    [times, series],
  );
  const latest = useRef(data);
  const plot = useRef<UPlot>(undefined);

  // Before the drawing, which takes what is newest.
  useEffect(() => {
    latest.current = data;
    plot.current?.setData(data);
  }, [data]);

  useEffect(() => {
    if (place.current === null || width === 0) return undefined;
    const style = getComputedStyle(place.current);
    const colour = (name: string) => style.getPropertyValue(name);
    const axis = {
      stroke: colour('--mantine-color-dimmed'),
      grid: { stroke: colour('--plot-grid'), width: 1 },
      ticks: { stroke: colour('--plot-grid'), width: 1 },
      font: '11px system-ui, sans-serif',
    };
    const drawn = new UPlot(
      {
        width,
        height,
        // To the right is room for half of the last label.
        padding: [8, 24, 0, 0],
        cursor: { y: false, points: { size: 7 } },
        legend: { live: true },
        scales: { y: { range: (_self, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
        axes: [
          {
            ...axis,
            values: (_self, ticks) => ticks.map((at) => formatTick(at, latest.current[0])),
          },
          { ...axis, size: 60, values: (_self, ticks) => ticks.map((value) => format(value)) },
        ],
        series: [
          {
            value: (_self, at) =>
              at === null ? '–' : formatDateTime(new Date(at * 1000).toISOString()),
          },
          ...series.map((one) => ({
            label: one.label,
            stroke: colour(`--plot-${one.colour}`),
            width: 2,
            value: (_self: UPlot, value: number | null) => (value === null ? '–' : format(value)),
            // A point between two unknown ones has no line to be seen by.
            points: { show: true, filter: lonely, size: 5 },
            ...(one.shape === 'bars' && {
              fill: colour(`--plot-${one.colour}`),
              paths: bars,
              points: { show: false },
            }),
          })),
        ],
      },
      latest.current,
      place.current,
    );
    plot.current = drawn;
    return () => {
      plot.current = undefined;
      drawn.destroy();
    };
    // Colours are read when it is drawn, so another scheme draws anew; new numbers do not.
    // `shape` stands for what of `series` the drawing depends on.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [width, height, scheme, shape, format]);

  return (
    <figure className={classes['chart']} aria-label={label}>
      <div ref={ref} className={classes['frame']}>
        <div ref={place} aria-hidden style={{ minHeight: `${height}px` }} />
      </div>
      <details className={classes['table']}>
        <summary>{t('chart.asTable', { what: label })}</summary>
        <div className={classes['scroll']} tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('chart.time')}</th>
                {series.map((one) => (
                  <th key={one.label} scope="col">
                    {one.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((at, i) => (
                <tr key={at}>
                  <th scope="row">{formatDateTime(at)}</th>
                  {series.map(({ label: name, values }) => {
                    const value = values[i] ?? null;
                    return <td key={name}>{value === null ? '–' : format(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** The day where the plot spans days, otherwise the time of day. */
function formatTick(seconds: number, [first = 0, ...rest]: ArrayLike<number> & Iterable<number>) {
  const span = (rest.at(-1) ?? first) - first;
  const at = new Date(seconds * 1000).toISOString();
  return span > 2 * 86_400 ? formatDay(at) : formatMinute(at);
}

/** The points whose neighbours are not known. */
const lonely: UPlot.Series.Points.Filter = (plot, series, isShown) => {
  if (!isShown) return null;
  const values = plot.data[series] ?? [];
  const isKnown = (i: number) => (values[i] ?? null) !== null;
  return Array.from(values, (_, i) => i).filter(
    (i) => isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1),
  );
};

const bars = UPlot.paths.bars?.({ size: [0.7, 40] }) ?? (() => null);
