import { StartFailure } from '@vitalgate/contract';
import { systemClock } from '@vitalgate/health';

/**
 * The day on which each line of Node ends, after which nobody mends what is found in it
 * (github.com/nodejs/Release, schedule.json). Lines that are newer than this table are believed.
 */
const ends: ReadonlyMap<number, string> = new Map([
  [24, '2028-04-30'],
  [25, '2026-06-01'],
  [26, '2029-04-30'],
]);

/**
 * What is to be said against a Node; undefined while it is kept up.
 *
 * @param version such as `24.21.0`
 * @param wall milliseconds since 1970
 */
export function endOfLife(version: string, wall: number): string | undefined {
  const end = ends.get(Number.parseInt(version, 10));
  if (end === undefined || wall < Date.parse(end)) return undefined;
  return `Node ${version} is past its end of life (${end}): what is found in it is not mended any more`;
}

/**
 * Starts nothing on a Node that nobody mends, unless whoever starts it says that this is known: then
 * it is said aloud each time.
 *
 * @throws {StartFailure} `old_node`
 */
export function refuseOldNode(isKnown: boolean): void {
  const said = endOfLife(process.versions.node, systemClock.wall());
  if (said === undefined) return;
  if (!isKnown) throw new StartFailure('old_node', `${said}; take a newer one, or add --i-know`);
  process.stderr.write(`${said}\n`);
}
