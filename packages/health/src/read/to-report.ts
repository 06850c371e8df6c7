/**
 * Makes of what was read a report that may be told on, in any format. Codes, names, numbers and
 * times pass; the other side's texts, which may hold hosts and secrets, become `detail`.
 */
import { createHash } from 'node:crypto';
import type { Phase } from '../aggregate.ts';
import type { Measurement } from '../check/outcome.ts';
import { Private } from '../private.ts';
import type { CheckReport, Report } from '../report.ts';
import type { Component, Read } from './told.ts';
import { worseOf } from './words.ts';

export interface Asked {
  /** Wall-clock milliseconds of the answer. */
  readonly at: number;
  /** Which of possibly many was asked; the same for the same one. */
  readonly instance: string;
  /** How the service is called here; what it calls itself when not given. */
  readonly name?: string;
  /** How long the answer took; 0 when not given. */
  readonly latencyMs?: number;
  /** Wall-clock milliseconds of the next asking; `at` when not given. */
  readonly freshUntil?: number;
}

/** Not known is not well: an `unknown` sum is told as `fail`, with its reason. */
export function toReport(read: Read, asked: Asked): Report {
  const { at, instance, latencyMs = 0, freshUntil = at } = asked;
  const checks = checksOf(read.components, at, latencyMs);
  const { uptime } = read.extra;
  const hasUptime = typeof uptime === 'number' && uptime >= 0 && uptime < 1e10;
  return {
    id: idOf(read, asked),
    service: {
      name: asked.name ?? short(read.name),
      version: short(read.version),
      releaseId: short(read.releaseId),
      description: short(read.description),
      instance,
      startedAt: hasUptime ? at - uptime * 1000 : at,
    },
    view: 'health',
    probe: undefined,
    phase: phases.get(read.reason ?? '') ?? 'ready',
    status: read.status === 'unknown' ? 'fail' : read.status,
    reasons: reasonsOf(read, checks),
    at,
    freshUntil,
    checks,
  };
}

const phases: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ['starting', 'starting'],
  ['maintenance', 'maintenance'],
  ['draining', 'draining'],
]);

/** Of the parts that change; the body itself may be nested too deep for being written again. */
function idOf({ format, status, reason, components }: Read, { instance, at }: Asked): string {
  const parts = components.map((one) => [one.name, one.status, one.at]);
  const text = JSON.stringify([instance, at, format, status, reason, parts]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function reasonsOf(read: Read, checks: readonly CheckReport[]): readonly string[] {
  if (read.reason === undefined) return [];
  const troubled = checks.filter(({ reason }) => reason !== undefined);
  return [
    read.reason,
    ...(read.disagrees ? ['disagrees'] : []),
    ...troubled.map(({ name, reason }) => `${name}:${reason}`),
  ];
}

function checksOf(components: readonly Component[], at: number, latencyMs: number): CheckReport[] {
  const checks = new Map<string, CheckReport>();
  for (const component of components) {
    const name = nameOf(component.name);
    const same = checks.get(name.toLowerCase());
    const one = checkOf(component, name, at, latencyMs);
    const merged = same && merge(same, one);
    if (merged !== undefined) checks.set(name.toLowerCase(), merged);
    else {
      // The number of checks so far, and so no other check's but one that was called so itself.
      const free = same === undefined ? name : `${name.slice(0, 95)}-${checks.size + 1}`;
      checks.set(free.toLowerCase(), { ...one, name: free });
    }
  }
  return [...checks.values()];
}

/** Names that every format can carry, as `check()` demands them. */
function nameOf(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9._/-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  return clean.slice(0, 100) || 'unnamed';
}

function checkOf(component: Component, name: string, at: number, latencyMs: number): CheckReport {
  const { status, reason, type, runbook, durationMs = latencyMs } = component;
  const { severity } = runbook;
  const read = component.at ?? at;
  const measured = measurementOf(component);
  return {
    name,
    status,
    reason,
    scope: 'shared',
    onFail: 'fail',
    probes: [],
    groups: [],
    componentType: type !== undefined && TERM.test(type) ? type : undefined,
    since: component.since ?? read,
    reading: { at: read, durationMs, level: status === 'unknown' ? undefined : status },
    measured: measured === undefined ? [] : [measured],
    impairedBy: [],
    affects: component.affectedEndpoints.filter((path) => PATH.test(path)),
    runbook: severity === undefined ? {} : { severity },
    detail: detailOf(component),
  };
}

const TERM = /^[A-Za-z][\w./:-]{0,63}$/;
/** A colon would part it from its component once more (health+json, section 4). */
const WORD = /^[A-Za-z][\w./-]{0,63}$/;
const PATH = /^\/[\w./{}*-]{0,255}$/;

const MAX_MEASURED = 100;

/** All that was measured, under the names of component and measurement; the first hundred. */
export function measuredIn({ components }: Read): readonly Measurement[] {
  const all = components.flatMap((component) => {
    const measured = measurementOf(component);
    return measured ? [{ ...measured, name: `${nameOf(component.name)}.${measured.name}` }] : [];
  });
  return all.slice(0, MAX_MEASURED);
}

/** Numbers and truth values alone: a text may say anything. */
function measurementOf(component: Component): Measurement | undefined {
  const { measurement, observedValue: value, observedUnit: unit } = component;
  if (typeof value !== 'boolean' && (typeof value !== 'number' || !Number.isFinite(value)))
    return undefined;
  const name = measurement !== undefined && WORD.test(measurement) ? measurement : 'value';
  return { name, value, ...(unit !== undefined && /^[\w%/]{1,16}$/.test(unit) && { unit }) };
}

/** Two measurements of one component are one check; two nodes of one component are two. */
function merge(one: CheckReport, other: CheckReport): CheckReport | undefined {
  const [measured] = other.measured;
  if (measured === undefined || one.measured.length === 0) return undefined;
  if (one.measured.some(({ name }) => name === measured.name)) return undefined;
  const status = worseOf(one.status, other.status);
  const worse = status === one.status ? one : other;
  return { ...worse, name: one.name, measured: [...one.measured, measured] };
}

function detailOf(component: Component): Private<string> | undefined {
  const { output, observedValue, runbook } = component;
  const { impact, summary, action, url } = runbook;
  const texts = [output, observedValue, impact, summary, action, url];
  const told = texts.filter((one) => typeof one === 'string' && one !== '');
  return told.length === 0 ? undefined : new Private(told.join('\n'));
}

function short(text: string | undefined): string | undefined {
  return text?.slice(0, 256);
}
