import { component, worstOf } from './component.ts';
import { parseSample, type Sample } from './sample.ts';
import { reader, type Reader } from './reader.ts';
import type { Component } from './told.ts';
import { statusWord, wordOf, type Word } from './words.ts';

const OPEN_METRICS = 'application/openmetrics-text';

/**
 * The exposition of Prometheus 0.0.4 and OpenMetrics 1.0, read for the families that tell health:
 * `up`, `probe_success`, `…_check_status` and their like. A page without one of them is `unknown`,
 * and so is one with a line that is none.
 */
export const metrics: Reader = reader(
  'metrics',
  ({ type, text }) =>
    type === OPEN_METRICS ||
    /^(?:# (?:HELP|TYPE|UNIT) |(?:up|probe_success)(?:\{[^\n]{0,999}\})? [01](?:\n|$))/.test(
      text.slice(0, 1_024),
    ),
  ({ type, text }) => {
    const all = text.split('\n').map((line) => line.trimEnd());
    const samples: Sample[] = [];
    let isBroken = type === OPEN_METRICS && all.at(-2) !== '# EOF';
    for (const line of all) {
      if (line === '' || line.startsWith('#')) continue;
      const sample = parseSample(line);
      if (sample === undefined) isBroken = true;
      else samples.push(sample);
    }
    const inverted = new Set(
      all.flatMap(
        (line) => /^# HELP (\S{1,200}) .*\b0 indicates success/.exec(line.slice(0, 999))?.[1] ?? [],
      ),
    );
    const components = componentsIn(samples, inverted);
    const worst = sumOf(samples, worstOf(components)) ?? silent;
    // Half a page may hide what is down, but what it says is down is down.
    if (isBroken && worst.status !== 'fail')
      return { status: 'unknown', reason: 'malformed_body', components };
    return { ...worst, components, isAlwaysOk: true };
  },
);

const silent: Word = { status: 'unknown', reason: 'no_status' };

/**
 * A gauge such as `vitalgate_health` is the page's own sum: 0 is down, and 1 is usable, whatever
 * single checks say.
 */
function sumOf(samples: readonly Sample[], worst: Word | undefined): Word | undefined {
  const sums = samples.filter(({ family }) => /(^|_)health$/.test(family));
  const [some] = sums;
  if (some === undefined) return worst;
  if (sums.some(({ value }) => value !== 1))
    return truth(Math.min(...sums.map((one) => one.value)));
  return worst === undefined || worst.status === 'pass' || worst.status === 'unknown' ? pass : warn;
}

type Scale = (value: number) => Word;

const pass: Word = { status: 'pass', reason: undefined };
const warn: Word = { status: 'warn', reason: 'degraded' };
const fail: Word = { status: 'fail', reason: 'failed' };
const odd: Word = { status: 'unknown', reason: 'unknown_status' };

const truth: Scale = (value) => (value === 1 ? pass : value === 0 ? fail : odd);
const steps =
  (...words: readonly Word[]): Scale =>
  (value) =>
    words[value] ?? odd;

/** The first that fits a family says what its values mean. */
const families: readonly (readonly [family: RegExp, scale: Scale])[] = [
  // prometheus-net.AspNetCore.HealthChecks, and the publisher of Xabaril's collection.
  [/^aspnetcore_healthcheck_status$/, (value) => (value === 0.5 ? warn : truth(value))],
  [/^healthcheck$/, steps(fail, warn, pass)],
  // Uptime Kuma.
  [/^monitor_status$/, steps(fail, pass, statusWord('pending'), statusWord('maintenance'))],
  [/(^|_)(up|probe_success|healthy|endpoint_success|kubernetes_healthcheck)$/, truth],
  [/(^|_)(health_?check|health|check|probe)_(status|success|up)$/, truth],
];

/** Labels that name what was checked; without one the family does. */
const names = ['check', 'name', 'healthcheck', 'monitor_name', 'component', 'instance', 'job'];

function componentsIn(
  samples: readonly Sample[],
  inverted: ReadonlySet<string>,
): readonly Component[] {
  const sets = new Map<string, { name: string; states: Sample[] }>();
  const components: Component[] = [];
  for (const sample of samples) {
    const scale = families.find(([family]) => family.test(sample.family))?.[1];
    if (scale === undefined) continue;
    const name = names.flatMap((label) => sample.labels.get(label) ?? [])[0] ?? sample.family;
    if (stateOf(sample) === undefined) {
      const word = scale(inverted.has(sample.family) ? 1 - sample.value : sample.value);
      components.push(
        component(name, word, {
          observedValue: sample.value,
          measurement: sample.family,
          at: sample.at,
        }),
      );
      continue;
    }
    const key = JSON.stringify([sample.family, name]);
    const set = sets.get(key) ?? { name, states: [] };
    set.states.push(sample);
    sets.set(key, set);
  }
  return [...components, ...[...sets.values()].map(ofStates)];
}

/** The word of a StateSet: the label is named as the family, or `status` or `state`. */
function stateOf({ family, labels }: Sample): string | undefined {
  const word = labels.get(family) ?? labels.get('status') ?? labels.get('state');
  return wordOf(word) === undefined ? undefined : word;
}

/** Exactly one state is 1 (OpenMetrics 1.0, section on StateSet); otherwise nobody can tell. */
function ofStates({ name, states }: { name: string; states: readonly Sample[] }): Component {
  const [on, ...others] = states.filter(({ value }) => value === 1);
  const said = on && stateOf(on);
  if (said === undefined || others.length > 0)
    return component(name, { status: 'unknown', reason: 'contradictory' });
  return component(name, statusWord(said), { said, at: on?.at });
}
