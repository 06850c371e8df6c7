/** More on one map than anybody reads. */
const MOST = 24;

interface Standing {
  readonly status: 'pass' | 'warn' | 'fail' | 'unknown';
}

/** What a map has room for: what is not well before the rest, each in the order it came in. */
export function mostTelling<One extends Standing>(all: readonly One[]): readonly One[] {
  if (all.length <= MOST) return all;
  const isWell = ({ status }: Standing) => status === 'pass';
  return [...all.filter((one) => !isWell(one)), ...all.filter(isWell)].slice(0, MOST);
}
