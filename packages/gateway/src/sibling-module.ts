/**
 * URL of a module beside the one that asks, for a thread or a process of its own. From source it
 * ends in `.ts`, built in `.js`; a compiler does not rewrite what is not an import.
 */
export function siblingModule(name: string, from: string): URL {
  return new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from);
}
