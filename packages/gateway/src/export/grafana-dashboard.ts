import { families, type FamilyName } from '../observe/families.ts';

interface Panel {
  readonly title: string;
  readonly kind: 'timeseries' | 'stat' | 'state-timeline';
  readonly unit: string;
  /** PromQL and how each series is called. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** In Grafana’s grid of 24 columns. */
  readonly width: number;
}

const m = (family: FamilyName): string => {
  const { name, type } = families[family];
  return type === 'counter' ? `${name}_total` : name;
};

const rate = (family: FamilyName, by: string): string =>
  `sum by (${by}) (rate(${m(family)}[$__rate_interval]))`;

const quantile = (q: number, family: FamilyName, by: string): string =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${m(family)}_bucket[$__rate_interval])))`;

const panels: readonly Panel[] = [
  {
    title: 'Ready',
    kind: 'stat',
    unit: 'short',
    queries: [[m('ready'), '{{instance}}']],
    width: 4,
  },
  {
    title: 'In flight',
    kind: 'stat',
    unit: 'short',
    queries: [[m('inFlight'), '{{instance}}']],
    width: 4,
  },
  {
    title: 'Share of requests that failed, refused ones apart',
    kind: 'timeseries',
    unit: 'percentunit',
    queries: [
      [
        `sum by (model) (rate(${m('requests')}{outcome="failed"}[$__rate_interval])) / sum by (model) (rate(${m('requests')}{outcome!="refused"}[$__rate_interval]))`,
        '{{model}}',
      ],
    ],
    width: 16,
  },
  {
    title: 'Targets that serve',
    kind: 'state-timeline',
    unit: 'short',
    queries: [[`${m('targetState')}{state="serving"}`, '{{target}}']],
    width: 12,
  },
  {
    title: 'Share of traffic each target is given',
    kind: 'timeseries',
    unit: 'percentunit',
    queries: [[m('targetShare'), '{{target}}']],
    width: 12,
  },
  {
    title: 'Requests',
    kind: 'timeseries',
    unit: 'reqps',
    queries: [[rate('requests', 'model, status'), '{{model}} {{status}}']],
    width: 12,
  },
  {
    title: 'Failed attempts, by whose fault',
    kind: 'timeseries',
    unit: 'ops',
    queries: [[rate('attemptsFailed', 'target, fault, reason'), '{{target}} {{fault}} {{reason}}']],
    width: 12,
  },
  {
    title: 'First byte, median and 95th percentile',
    kind: 'timeseries',
    unit: 's',
    queries: [
      [quantile(0.5, 'firstByte', 'target'), '{{target}} p50'],
      [quantile(0.95, 'firstByte', 'target'), '{{target}} p95'],
    ],
    width: 12,
  },
  {
    title: 'Whole request, 95th percentile',
    kind: 'timeseries',
    unit: 's',
    queries: [[quantile(0.95, 'requestDuration', 'model'), '{{model}}']],
    width: 12,
  },
  {
    title: 'Tokens',
    kind: 'timeseries',
    unit: 'short',
    queries: [[rate('tokens', 'target, kind'), '{{target}} {{kind}}']],
    width: 12,
  },
  {
    title: 'Tokens per second of a stream, median',
    kind: 'timeseries',
    unit: 'short',
    queries: [[quantile(0.5, 'outputPace', 'target'), '{{target}}']],
    width: 12,
  },
  {
    title: 'Main loop: busy, and blocked',
    kind: 'timeseries',
    unit: 'short',
    queries: [
      [m('loopUtilization'), 'busy {{instance}}'],
      [m('loopBlocked'), 'blocked, s {{instance}}'],
    ],
    width: 12,
  },
  {
    title: 'Memory',
    kind: 'timeseries',
    unit: 'bytes',
    queries: [
      [m('residentMemory'), 'resident {{instance}}'],
      [m('heapUsed'), 'heap {{instance}}'],
    ],
    width: 12,
  },
];

const HEIGHT = 8;
const COLUMNS = 24;

/** A dashboard as Grafana imports it (grafana.com/docs, "JSON model"). */
export function grafanaDashboard(): string {
  let x = 0;
  let y = 0;
  const placed = panels.map((panel, index) => {
    if (x + panel.width > COLUMNS) {
      x = 0;
      y += HEIGHT;
    }
    const gridPos = { x, y, w: panel.width, h: HEIGHT };
    x += panel.width;
    return {
      id: index + 1,
      title: panel.title,
      type: panel.kind,
      datasource: { type: 'prometheus', uid: '${datasource}' },
      gridPos,
      fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
      targets: panel.queries.map(([expr, legendFormat], i) => ({
        refId: String.fromCodePoint(65 + i),
        expr,
        legendFormat,
      })),
    };
  });
  const dashboard = {
    title: 'Vitalgate',
    uid: 'vitalgate',
    schemaVersion: 39,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }],
    },
    panels: placed,
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
