import { component, worstOf } from './component.ts';
import { field, fieldsIn, isFields, listIn, momentIn, textIn, type Fields } from './fields.ts';
import { reader, type Reader } from './reader.ts';
import type { Component } from './told.ts';
import { statusWord, type Word } from './words.ts';

/**
 * What `docker inspect` says: whole containers, one or many, or their `.State.Health` alone
 * (https://docs.docker.com/reference/dockerfile/#healthcheck). A container without a health check
 * that runs is `unknown`. As a hint, also how a health check's command ended.
 */
export const docker: Reader = reader(
  'docker',
  ({ json }) => {
    const [some] = containers(json);
    return some !== undefined && (healthIn(some) !== undefined || Object.hasOwn(some, 'State'));
  },
  ({ json, exitCode, text }) => {
    const components = containers(json).map(read);
    const worst = worstOf(components);
    if (worst !== undefined) {
      const [only] = components;
      return { ...worst, components, ...(components.length === 1 && { output: only?.output }) };
    }
    const output = text.slice(0, 4_096);
    if (exitCode === undefined) return { status: 'unknown', reason: 'malformed_body', output };
    const coded = exitCode === 0 ? well : ({ status: 'fail', reason: `exit_${exitCode}` } as const);
    return { status: undefined, output, coded };
  },
);

const well: Word = { status: 'pass', reason: undefined };

function containers(json: unknown): readonly Fields[] {
  return (Array.isArray(json) ? json.slice(0, 1_000) : [json]).filter(isFields);
}

function healthIn(container: Fields): Fields | undefined {
  const state = fieldsIn(container, 'State');
  if (state !== undefined) return fieldsIn(state, 'Health');
  return Object.hasOwn(container, 'FailingStreak') ? container : undefined;
}

function read(container: Fields): Component {
  const health = healthIn(container);
  const log = (health && listIn(health, 'Log'))?.findLast(isFields);
  return component(
    textIn(container, 'Name')?.replace(/^\//, '') ?? 'container',
    wordIn(container),
    {
      said: health && textIn(health, 'Status'),
      id: textIn(container, 'Id'),
      at: log && momentIn(log, 'End'),
      output: log && textIn(log, 'Output')?.slice(0, 4_096),
      measurement: health && 'failingStreak',
      observedValue: health && field(health, 'FailingStreak'),
    },
  );
}

function wordIn(container: Fields): Word {
  const state = fieldsIn(container, 'State');
  // A container that was stopped keeps the health it had while it ran.
  const running = state && textIn(state, 'Status');
  if (running !== undefined && running !== 'running')
    return { status: 'fail', reason: 'not_running' };
  const said = textIn(healthIn(container) ?? {}, 'Status');
  if (said === undefined || said === 'none')
    return { status: 'unknown', reason: 'no_health_check' };
  return statusWord(said);
}
