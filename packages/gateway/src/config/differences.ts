import { parseDocument } from 'yaml';
import { withoutSecrets } from './document.ts';

export interface Difference {
  /** Such as `models.chat.routing`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: string | null;
  readonly after: string | null;
}

/** How one document differs from another, by the names of objects rather than by their places. */
export function differences(before: string, after: string): Difference[] {
  const [old, young] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...old.keys(), ...young.keys()])].toSorted();
  return paths.flatMap((path): Difference[] => {
    const [was, is] = [old.get(path) ?? null, young.get(path) ?? null];
    if (was === is) return [];
    const kind = was === null ? 'added' : is === null ? 'removed' : 'changed';
    return [{ path, kind, before: was, after: is }];
  });
}

function leavesOf(text: string): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) {
      if (path.length > 0) leaves.set(path.join('.'), JSON.stringify(value));
      return;
    }
    for (const [key, one] of Object.entries(value)) {
      const name = nameOf(one);
      walk(one, [...path, Array.isArray(value) && name !== undefined ? name : key]);
    }
  };
  walk(parseDocument(withoutSecrets(text)).toJS(), []);
  return leaves;
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    ? value.name
    : undefined;
