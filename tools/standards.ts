/**
 * Which test shows which case of the health standards. Cases have ids, which stand at the beginning
 * of test titles, or are the first of what `each` hands to a test: `J3: …`, `J3, J4: …`, `J3 …`.
 * The tables of docs/health.md name the tests of each; `node tools/standards.ts` writes them anew.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/health.md');
/** Where tests of health are; paths in the tables are shortened by what is before `src/`. */
const places = ['packages/health/src/**/*.test.ts', 'test/health/**/*.test.ts'];
const shortened = 'packages/health/src/';

/** One letter for each standard. */
const leading = /^(?:[JAMNKGCRXEODYFH]\d{1,2}\b(?:, | and | )?)+/;
const row = /^\| ([A-Z]\d+) \| (.*) \|([^|]*)\|$/gm;
/** How the last column begins where a case has no test, before the reason. */
const notOurs = 'not ours: ';

/** The ids that titles of this test file begin with, each once. */
export function idsIn(source: string): ReadonlySet<string> {
  const ids = new Set<string>();
  const take = (node: ts.Node | undefined): void => {
    if (node === undefined || !(ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)))
      return;
    const text = ts.isStringLiteralLike(node) ? node.text : node.head.text;
    for (const [id] of (leading.exec(text)?.[0] ?? '').matchAll(/[A-Z]\d+/g)) ids.add(id);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      take(node.arguments[0]);
      for (const element of handedBy(node.expression)) {
        take(ts.isArrayLiteralExpression(element) ? element.elements[0] : element);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('tests.ts', source, ts.ScriptTarget.Latest));
  return ids;
}

/** `test`, and what is called on it: `test.each(…)`, `describe.each(…)`. */
function isTest(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return ['test', 'it', 'describe'].includes(called.text);
  const isOn = ts.isPropertyAccessExpression(called) || ts.isCallExpression(called);
  return isOn && isTest(called.expression);
}

/** The elements of the array in `each([…])`, with `as const` or without. */
function handedBy(called: ts.Expression): readonly ts.Expression[] {
  let [rows] = ts.isCallExpression(called) ? called.arguments : [];
  if (rows !== undefined && ts.isAsExpression(rows)) rows = rows.expression;
  return rows !== undefined && ts.isArrayLiteralExpression(rows) ? rows.elements : [];
}

/** The files with tests of each id, as the tables name them. */
export function testsById(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = globSync(places, { cwd: root }).toSorted();
  for (const file of files) {
    const name = `\`${file.replace(shortened, '')}\``;
    for (const id of idsIn(readFileSync(join(root, file), 'utf8'))) {
      found.set(id, [...(found.get(id) ?? []), name]);
    }
  }
  return found;
}

/** The page with the tests that there are, and what is wrong with it: nothing, as it should be. */
export function filled(
  text: string,
  tests: ReadonlyMap<string, readonly string[]>,
): { text: string; problems: readonly string[] } {
  const problems: string[] = [];
  const listed = new Set<string>();
  const next = text.replaceAll(row, (_, id: string, holds: string, last: string) => {
    const where = last.trim();
    if (listed.has(id)) problems.push(`${id} is listed twice`);
    listed.add(id);
    const files = tests.get(id);
    const isExcused = where.startsWith(notOurs);
    if (files === undefined && !isExcused) problems.push(`${id} has neither a test nor a reason`);
    if (files !== undefined && isExcused) problems.push(`${id} is excused, and has a test`);
    return `| ${id} | ${holds} | ${files?.join(' ') ?? where} |`;
  });
  for (const id of tests.keys()) if (!listed.has(id)) problems.push(`${id} is tested, and unknown`);
  return { text: next, problems };
}

if (import.meta.main) {
  const { text, problems } = filled(readFileSync(page, 'utf8'), testsById());
  writeFileSync(page, text);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
