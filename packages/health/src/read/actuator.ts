import { componentOf, MAX_DEPTH } from './component.ts';
import { field, fieldsIn, isFields, listIn, textIn, type Fields } from './fields.ts';
import { malformed, reader, type Reader } from './reader.ts';
import { rootOf } from './root.ts';
import type { Component } from './told.ts';
import { statusWord, type Word } from './words.ts';

/**
 * Spring Boot Actuator's health, version 3 (`components`) and 2 (`details`), nested composites
 * included (https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.health).
 * A composite that does not say how it is gets what Spring's own aggregator would say.
 */
export const actuator: Reader = reader(
  'actuator',
  ({ type, json }) => {
    if (type.startsWith('application/vnd.spring-boot.actuator.')) return true;
    if (!isFields(json)) return false;
    const members = membersOf(json);
    return (
      members !== undefined && (members.some(isContributor) || listIn(json, 'groups') !== undefined)
    );
  },
  ({ json }) => {
    if (!isFields(json)) return malformed;
    const components: Component[] = [];
    const word = collect(json, '', 0, components);
    const root = rootOf(json, ['components', 'details']);
    return { ...root, output: root.description ?? root.output, ...word, components };
  },
);

type Member = readonly [name: string, value: unknown];

/** In version 2 the details of a leaf stand where those of a composite have its members. */
function membersOf(contributor: Fields): readonly Member[] | undefined {
  const components = fieldsIn(contributor, 'components');
  if (components !== undefined) return Object.entries(components);
  return Object.entries(fieldsIn(contributor, 'details') ?? {}).filter(isContributor);
}

function isContributor([, value]: Member): boolean {
  if (!isFields(value)) return false;
  return (
    /^[A-Z_]+$/.test(textIn(value, 'status')?.slice(0, 64) ?? '') ||
    fieldsIn(value, 'components') !== undefined
  );
}

/** Adds all that is below to the list, and says how the contributor itself is. */
function collect(contributor: Fields, path: string, depth: number, into: Component[]): Word {
  const said: string[] = [];
  const members = depth < MAX_DEPTH ? (membersOf(contributor) ?? []) : [];
  for (const [name, value] of members) {
    const full = `${path}${name}`.slice(0, 256);
    const at = into.push(componentOf(full, value)) - 1;
    const member = into[at];
    if (member === undefined || !isFields(value)) continue;
    const word = collect(value, `${full}/`, depth + 1, into);
    into[at] = { ...member, ...word };
    said.push(textIn(value, 'status') ?? word.status);
  }
  const own = field(contributor, 'status');
  return own === undefined ? aggregate(said) : statusWord(own);
}

const order = ['DOWN', 'OUT_OF_SERVICE', 'UP', 'UNKNOWN'];
const plainly = (word: string): string =>
  word
    .slice(0, 64)
    .replace(/[^A-Za-z0-9]/g, '')
    .toLowerCase();

/**
 * The first of Spring's order that occurs. Words that are not in the order do not count, and UP
 * comes before UNKNOWN.
 */
export function aggregate(words: readonly string[]): Word {
  const said = new Set(words.map(plainly));
  return statusWord(order.find((word) => said.has(plainly(word))) ?? 'UNKNOWN');
}
