import { viewHealth } from '../health-view.ts';
import type { Running } from '../running.ts';
import type { Family, Sample } from './metrics.ts';

/** What is read rather than counted: the state of things at the moment of the scrape. */
export function gauges(running: Running): Family[] {
  const view = viewHealth(running);
  const { lifecycle, tracker, journal } = running;
  const targets = [...tracker.snapshot().values()];
  return [
    gauge('vitalgate_ready', 'Whether requests should be sent here.', view.isReady ? 1 : 0),
    gauge('vitalgate_uptime_seconds', 'Since the start of the process.', view.uptimeSeconds),
    gauge('vitalgate_requests_in_flight', 'Requests being handled.', lifecycle.inFlight),
    gauge(
      'vitalgate_ledger_rows_lost',
      'Rows that neither disk nor memory could keep.',
      journal.lost,
    ),
    gauge(
      'vitalgate_config_applied',
      'Whether the configuration in use is the one in the file.',
      lifecycle.configProblem === undefined ? 1 : 0,
    ),
    {
      name: 'vitalgate_target_state',
      type: 'gauge',
      help: 'State of each target; the one it is in is 1.',
      samples: targets.flatMap(({ id, state }) =>
        states.map((one): Sample => ({
          suffix: '',
          labels: [
            ['target', id],
            ['state', one],
          ],
          value: one === state ? 1 : 0,
        })),
      ),
    },
    {
      name: 'vitalgate_target_share',
      type: 'gauge',
      help: 'Share of its normal traffic a target is given, 0 to 1.',
      samples: targets.map(({ id, share }) => ({
        suffix: '',
        labels: [['target', id]],
        value: share,
      })),
    },
  ];
}

const states = ['serving', 'resting', 'probing', 'ramping', 'drained'] as const;

const gauge = (name: string, help: string, value: number): Family => ({
  name,
  type: 'gauge',
  help,
  samples: [{ suffix: '', labels: [], value }],
});
