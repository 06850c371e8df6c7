/** Explains trouble by trouble: one database down is one cause, not five alarms. */

export interface Dependent {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly isTroubled: boolean;
}

/**
 * For every troubled check the troubled ones at the root of it: those it depends on, directly or
 * by way of others that are troubled too, which depend on no troubled one themselves. A check that
 * nothing explains is left out, and is a cause itself.
 */
export function impairments(checks: readonly Dependent[]): Map<string, string[]> {
  const troubled = new Map(checks.filter((one) => one.isTroubled).map((one) => [one.name, one]));
  const explained = new Map<string, string[]>();
  for (const { name } of troubled.values()) {
    const behind = reachable(name, troubled);
    const roots = [...behind].filter((one) => needs(one, troubled).every((need) => need === name));
    // Checks that lean on each other in a circle have no root among them: the nearest are named.
    const named = roots.length > 0 ? roots : needs(name, troubled).filter((need) => need !== name);
    if (named.length > 0) explained.set(name, named.sort());
  }
  return explained;
}

function reachable(from: string, troubled: ReadonlyMap<string, Dependent>): Set<string> {
  const found = new Set<string>();
  const open = needs(from, troubled);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === from || found.has(name)) continue;
    found.add(name);
    open.push(...needs(name, troubled));
  }
  return found;
}

function needs(name: string, troubled: ReadonlyMap<string, Dependent>): string[] {
  return troubled.get(name)?.dependsOn.filter((need) => troubled.has(need)) ?? [];
}
