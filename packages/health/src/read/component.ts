/** One component of a JSON body, in the spellings that are met. */
import type { Runbook } from '../definition.ts';
import {
  field,
  isFields,
  linksIn,
  momentIn,
  textIn,
  textsIn,
  without,
  type Fields,
} from './fields.ts';
import type { Component } from './told.ts';
import { statusWord, wordOf, worseOf, type Word } from './words.ts';
import type { Status } from '../status.ts';

/** Deeper nesting is not followed; its parent's word stands for it. */
export const MAX_DEPTH = 16;

/** Where a component's own word is found. */
const words = ['status', 'Status', 'state', 'ok', 'healthy', 'isHealthy', 'up'];
const texts = [
  'output',
  'Output',
  'message',
  'error',
  'description',
  'notificationMessage',
  'checkOutput',
  'exception',
];
const known = [
  ...words,
  'name',
  'componentId',
  'id',
  'componentType',
  'observedValue',
  'observedUnit',
  'affectedEndpoints',
  'time',
  'lastUpdated',
  'finishedAt',
  'since',
  'duration',
  'responseTime',
  'links',
  'output',
];

const blank: Component = {
  name: '',
  status: 'unknown',
  reason: 'unknown_status',
  said: undefined,
  id: undefined,
  type: undefined,
  measurement: undefined,
  observedValue: undefined,
  observedUnit: undefined,
  affectedEndpoints: [],
  at: undefined,
  since: undefined,
  durationMs: undefined,
  output: undefined,
  links: {},
  runbook: {},
  extra: {},
};

/** A component with everything that is not given left out. */
export function component(name: string, word: Word, more: Partial<Component> = {}): Component {
  return { ...blank, name: name.slice(0, 256), ...word, ...more };
}

/** Of a word, a truth value, or an object that has one; anything else is of unknown health. */
export function componentOf(
  name: string,
  value: unknown,
  more: Partial<Component> = {},
): Component {
  if (!isFields(value)) {
    const said = typeof value === 'string' ? value.slice(0, 256) : undefined;
    return component(name, statusWord(value), { said, ...more });
  }
  const word = field(value, ...words);
  return component(name, statusWord(word), {
    said: typeof word === 'string' ? word.slice(0, 256) : undefined,
    id: textIn(value, 'componentId', 'id'),
    type: textIn(value, 'componentType'),
    observedValue: field(value, 'observedValue'),
    observedUnit: textIn(value, 'observedUnit'),
    affectedEndpoints: textsIn(value, 'affectedEndpoints'),
    at: momentIn(value, 'time', 'lastUpdated', 'finishedAt'),
    since: momentIn(value, 'since'),
    durationMs: durationIn(value),
    output: textIn(value, ...texts)?.slice(0, 4_096),
    links: linksIn(value, 'links'),
    extra: without(value, known),
    ...more,
  });
}

/** Components in an object by name, or in a list of objects that have one. */
export function componentsOf(value: unknown): readonly Component[] {
  if (Array.isArray(value)) {
    return value.slice(0, 1_000).map((one: unknown, index) => {
      const name = isFields(one) ? textIn(one, 'name', 'id', 'label') : undefined;
      return componentOf(name ?? String(index), one);
    });
  }
  if (!isFields(value)) return [];
  return Object.entries(value)
    .slice(0, 1_000)
    .map(([name, one]) => componentOf(name, one));
}

/** Whether it tells of a component's health: a word of health, or an object with one. */
export function tellsHealth(value: unknown): boolean {
  return isFields(value)
    ? wordOf(field(value, ...words)) !== undefined
    : wordOf(value) !== undefined;
}

/** The worst of several; undefined when there are none. */
export function worstOf(components: readonly Component[]): Word | undefined {
  const statuses = components.map(({ status }) => status);
  const [some] = statuses;
  if (some === undefined) return undefined;
  const status: Status = statuses.reduce(worseOf, some);
  return { status, reason: components.find((one) => one.status === status)?.reason };
}

/** Numbers are milliseconds; texts are .NET's TimeSpan (`[d.]hh:mm:ss[.fffffff]`). */
function durationIn(value: Fields): number | undefined {
  const duration = field(value, 'duration', 'responseTime');
  if (typeof duration === 'number') return duration;
  return typeof duration === 'string' ? timeSpan(duration) : undefined;
}

export function timeSpan(text: string): number | undefined {
  const found = /^(?:(\d{1,8})\.)?(\d\d):(\d\d):(\d\d(?:\.\d{1,9})?)$/.exec(text);
  if (found === null) return undefined;
  const [, days = '0', hours, minutes, seconds] = found;
  return (
    ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000
  );
}

/** A runbook as the Financial Times writes it into each check. */
export function runbookIn(value: Fields): Runbook {
  const severity = field(value, 'severity');
  const impact = textIn(value, 'businessImpact');
  const summary = textIn(value, 'technicalSummary');
  const guide = textIn(value, 'panicGuide');
  return {
    ...((severity === 1 || severity === 2 || severity === 3 || severity === 4) && { severity }),
    ...(impact !== undefined && { impact }),
    ...(summary !== undefined && { summary }),
    ...(guide !== undefined && (URL.canParse(guide) ? { url: guide } : { action: guide })),
  };
}
