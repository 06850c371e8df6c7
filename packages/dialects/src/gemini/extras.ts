import { isJsonObject } from '../fields.ts';
import type { Intent } from '../intent.ts';
import type { Losses } from '../losses.ts';
import { tellExtras } from '../turns.ts';

/** A place outside of lists, whose elements may have moved. */
const PLACE = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)*$/;

/** Gives what only Gemini understands back to the place where a caller of Gemini's said it. */
export function placeExtras(intent: Intent, body: Record<string, unknown>, losses: Losses): void {
  const isOurs = intent.from === 'gemini';
  const placed = isOurs ? intent.extras.filter(({ path }) => PLACE.test(path)) : [];
  for (const { path, value } of placed) put(body, path.split('.'), value);
  const extras = intent.extras.filter((extra) => !placed.includes(extra));
  tellExtras({ ...intent, extras }, losses);
}

function put(object: Record<string, unknown>, steps: readonly string[], value: unknown): void {
  const [name, ...rest] = steps;
  if (name === undefined) return;
  if (rest.length === 0) {
    object[name] = value;
    return;
  }
  const known = Object.hasOwn(object, name) ? object[name] : undefined;
  const child: Record<string, unknown> = isJsonObject(known) ? { ...known } : {};
  put(child, rest, value);
  object[name] = child;
}
