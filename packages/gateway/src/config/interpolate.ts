import { misplaced, type Above } from './secret-places.ts';

/** The process environment, handed in by `main`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${NAME}` and `${NAME:-default}`; `$${` stands for a literal `${`. The default holds
 * for an empty variable too, as in a POSIX shell. A variable that is not set is a mistake: an
 * empty key would mean "accept anything" somewhere.
 */
export function interpolate(
  text: string,
  environment: Environment,
): { value: string } | { problem: string } {
  let problem: string | undefined;
  const value = text.replaceAll(
    /\$(\$)?\{([^}]*)\}/g,
    (whole, escaped: string | undefined, inner: string) => {
      if (escaped !== undefined) return whole.slice(1);
      const [, name, fallback] = /^([A-Za-z_]\w*)(?::-([\s\S]*))?$/.exec(inner) ?? [];
      if (name === undefined) {
        problem ??= `found \${${inner}}, expected \${NAME} or \${NAME:-default}`;
        return '';
      }
      const found = environment[name];
      if (found !== undefined && found !== '') return found;
      if (fallback !== undefined) return fallback;
      problem ??= `found \${${name}}, and the environment has no ${name}; set it, or write \${${name}:-default}`;
      return '';
    },
  );
  return problem === undefined ? { value } : { problem };
}

/**
 * Replaces `${secret:NAME}`; `$${` stands for a literal `${`. Any other reference is a mistake: the
 * environment is the file's.
 */
export function interpolateSecrets(
  text: string,
  secrets: ReadonlyMap<string, string>,
  above: Above,
): { value: string } | { problem: string } {
  let problem: string | undefined;
  const replace = (whole: string, escaped: string | undefined, inner: string): string => {
    if (escaped !== undefined) return whole.slice(1);
    const name = /^secret:(.+)$/.exec(inner)?.[1];
    const wrong = name === undefined ? undefined : misplaced(name, above);
    if (wrong !== undefined) {
      problem ??= `found \${${inner}}; ${wrong}`;
      return '';
    }
    const found = name === undefined ? undefined : secrets.get(name);
    if (found !== undefined) return found;
    problem ??=
      name === undefined
        ? `found \${${inner}}; the environment is for the file, expected \${secret:NAME}`
        : `found \${secret:${name}}, and there is no such secret; write it as a credential`;
    return '';
  };
  const value = text.replaceAll(/\$(\$)?\{([^}]*)\}/g, replace);
  return problem === undefined ? { value } : { problem };
}

/** A text as it is to be written, so that it refers to nothing. */
export const escapeReferences = (text: string): string =>
  text.replaceAll(/\$\{[^}]*\}/g, (whole) => `$${whole}`);

/** The same text as it was meant. */
export const unescapeReferences = (text: string): string =>
  text.replaceAll(/\$(\$\{[^}]*\})/g, '$1');
