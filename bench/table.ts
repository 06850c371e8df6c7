import { figureOf, type Results } from './results.ts';
import { quotient, rows, type Aim, type Lookup, type Row } from './rows.ts';
import { scenarios } from './scenarios.ts';

/** Below this share of its core a gateway was waiting for the loader. */
const BUSY = 0.9;
const NOTHING = '–';
const ratioNames = ['ours ÷ nginx', 'peer ÷ ours'];

interface Section {
  readonly title: string;
  readonly lines: readonly (readonly string[])[];
}

export function terminalTable(results: Results): string {
  const columns = columnsOf(results);
  const sections = sectionsOf(results);
  const all = [columns, ...sections.flatMap(({ lines }) => lines)];
  const widths = columns.map((_, at) => Math.max(...all.map((line) => (line[at] ?? '').length)));
  const draw = (line: readonly string[]): string =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  const body = sections.flatMap(({ title, lines }) => ['', title, ...lines.map(draw)]);
  return [draw(columns), ...body, '', ...notesOf(results)].join('\n');
}

export function markdownTable(results: Results): string {
  const columns = columnsOf(results);
  const draw = (line: readonly string[]): string => `| ${line.join(' | ')} |`;
  const ruler = draw(columns.map((_, at) => (at === 0 ? '---' : '---:')));
  const body = sectionsOf(results).flatMap(({ title, lines }) => [
    draw([`**${title}**`, ...columns.slice(1).map(() => '')]),
    ...lines.map(draw),
  ]);
  const notes = notesOf(results).map((note) => `- ${note}`);
  return [draw(columns), ruler, ...body, '', ...notes].join('\n');
}

function columnsOf(results: Results): string[] {
  const names = Object.keys(results.versions);
  return ['median', ...names, ...(comparesGateways(results) ? ratioNames : []), 'aim'];
}

function comparesGateways(results: Results): boolean {
  return 'vitalgate' in results.versions;
}

function sectionsOf(results: Results): Section[] {
  const taken = new Set(results.findings.map(({ scenario }) => scenario));
  return scenarios
    .filter(({ name }) => taken.has(name))
    .map(({ name, title }) => ({
      title,
      lines: rows.filter(({ scenario }) => scenario === name).map((row) => lineOf(row, results)),
    }));
}

function lineOf(row: Row, results: Results): string[] {
  const figure: Lookup = (contender) => figureOf(results, contender, row.scenario, row.figure);
  const ours = figure('vitalgate');
  const ratios = !comparesGateways(results)
    ? []
    : row.isCost
      ? [
          times(quotient(ours, figure('nginx'))),
          times(quotient(figure(row.peer ?? 'portkey'), ours)),
        ]
      : ['', ''];
  const cells = Object.keys(results.versions).map((name) => cellOf(row, results, name, figure));
  return [`  ${row.label}`, ...cells, ...ratios, (row.aims ?? []).map(verdict(figure)).join(', ')];
}

function cellOf(row: Row, results: Results, contender: string, figure: Lookup): string {
  const value = figure(contender);
  if (value === undefined) return NOTHING;
  const busy = figureOf(results, contender, row.scenario, 'busyShare') ?? 0;
  const text = `${row.needsBusyCore && busy < BUSY ? '≥ ' : ''}${decimal(value, row.digits)}`;
  const base = row.againstDirect && contender !== 'direct' ? figure('direct') : undefined;
  return base === undefined ? text : `${text} (${signed(value - base, row.digits)})`;
}

const verdict =
  (figure: Lookup) =>
  (aim: Aim): string => {
    const met = aim.met(figure);
    return met === undefined ? aim.text : `${aim.text} ${met ? '✓' : '✗'}`;
  };

function notesOf(results: Results): string[] {
  const told = Object.entries(results.machine).map(([name, value]) => `${name} ${value}`);
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  const missing = Object.entries(results.missing).map(
    ([name, command]) => `${name} is left out; to bring it: ${command}`,
  );
  const troubles = results.findings
    .filter(({ trouble }) => trouble !== undefined)
    .map((taken) => {
      const [first] = (taken.trouble ?? '').split('\n');
      return `not to be trusted: ${taken.contender}, ${taken.scenario}, round ${taken.round}: ${first}`;
    });
  return [
    `${results.takenAt}; ${results.rounds} rounds${results.quick ? ', quick' : ''}; ${told.join(', ')}`,
    versions.join(', '),
    ...missing,
    ...troubles,
  ];
}

function decimal(value: number, digits: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${decimal(Math.abs(value), digits)}`;
}

function times(value: number | undefined): string {
  return value === undefined ? NOTHING : decimal(value, 1);
}
