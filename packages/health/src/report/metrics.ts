import type { CheckReport, Report } from '../report.ts';
import type { Details, Format } from '../serve/format.ts';

/** Text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export const prometheus: Format = {
  name: 'prometheus',
  // Prometheus itself asks for several; a browser, for none of them.
  types: ['text/plain; version=0.0.4; charset=utf-8'],
  write: (report, details, now) => ({ body: exposition(report, details, now, false), status: 200 }),
};

/** OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec). */
export const openmetrics: Format = {
  name: 'openmetrics',
  types: ['application/openmetrics-text; version=1.0.0; charset=utf-8'],
  write: (report, details, now) => ({ body: exposition(report, details, now, true), status: 200 }),
};

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'info' | 'stateset';
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly (readonly [labels: readonly (readonly [string, string])[], number])[];
}

const statuses = ['pass', 'warn', 'fail', 'unknown'] as const;

function families(report: Report, details: Details, now: number): Family[] {
  const { service, status, phase, checks } = report;
  const shown = details === 'status' ? [] : checks;
  const of = (
    name: string,
    unit: string | undefined,
    help: string,
    value: (check: CheckReport) => number | undefined,
  ): Family => ({
    name,
    type: 'gauge',
    help,
    ...(unit !== undefined && { unit }),
    samples: shown.flatMap((check) => {
      const found = value(check);
      return found === undefined ? [] : [[[['check', check.name]], found] as const];
    }),
  });
  return [
    {
      name: 'vitalgate_build',
      type: 'info',
      help: 'What is running.',
      samples:
        details === 'status'
          ? []
          : [
              [
                [
                  ['service', service.name ?? ''],
                  ['version', service.version ?? ''],
                ],
                1,
              ],
            ],
    },
    {
      name: 'vitalgate_health',
      type: 'gauge',
      help: 'Whether what was asked after is usable.',
      samples: [[[['view', report.view]], status === 'fail' ? 0 : 1]],
    },
    {
      name: 'vitalgate_phase',
      type: 'stateset',
      help: 'Where the process is in its life.',
      samples: (['starting', 'ready', 'maintenance', 'draining'] as const).map(
        (one) => [[['vitalgate_phase', one]], one === phase ? 1 : 0] as const,
      ),
    },
    {
      name: 'vitalgate_check_status',
      type: 'stateset',
      help: 'The verdict about each check; the one that holds is 1.',
      samples: shown.flatMap((check) =>
        statuses.map(
          (one) =>
            [
              [
                ['check', check.name],
                ['vitalgate_check_status', one],
              ],
              one === check.status ? 1 : 0,
            ] as const,
        ),
      ),
    },
    of('vitalgate_check_up', undefined, 'Whether a check passes, if only just.', (check) =>
      check.status === 'pass' || check.status === 'warn' ? 1 : 0,
    ),
    of(
      'vitalgate_check_last_run_timestamp_seconds',
      'seconds',
      'When a check was last read.',
      ({ reading }) => reading && reading.at / 1000,
    ),
    of(
      'vitalgate_check_last_transition_timestamp_seconds',
      'seconds',
      'When the verdict last changed.',
      ({ since }) => since / 1000,
    ),
    of(
      'vitalgate_check_last_duration_seconds',
      'seconds',
      'How long the newest reading took.',
      ({ reading }) => reading && reading.durationMs / 1000,
    ),
    of(
      'vitalgate_check_staleness_seconds',
      'seconds',
      'Age of the newest reading.',
      ({ reading }) => (reading === undefined ? undefined : Math.max(0, (now - reading.at) / 1000)),
    ),
  ];
}

function exposition(report: Report, details: Details, now: number, isOpen: boolean): string {
  let text = '';
  for (const { name, type, unit, help, samples } of families(report, details, now)) {
    if (samples.length === 0) continue;
    const suffix = type === 'info' ? '_info' : '';
    const shown = isOpen ? name : `${name}${suffix}`;
    text += `# TYPE ${shown} ${isOpen ? type : 'gauge'}\n`;
    if (isOpen && unit !== undefined) text += `# UNIT ${shown} ${unit}\n`;
    text += `# HELP ${shown} ${help}\n`;
    for (const [labels, value] of samples) {
      // Only OpenMetrics calls the label of a state after its family.
      const pairs = labels.map(
        ([label, of]) => `${isOpen || label !== name ? label : stateLabel(name)}="${escaped(of)}"`,
      );
      text += `${name}${suffix}{${pairs.join(',')}} ${value}\n`;
    }
  }
  return isOpen ? `${text}# EOF\n` : text;
}

const stateLabel = (name: string): string => name.slice(name.lastIndexOf('_') + 1);

const escaped = (value: string): string =>
  value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
