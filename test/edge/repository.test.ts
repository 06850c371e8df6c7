import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What is held by looking at the sources, since nobody could hold it by running them. */

interface Locked {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly version?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};
const installed = Object.entries(lock.packages).filter(
  ([path, { link }]) => path.startsWith('node_modules/') && link !== true,
);

const sources = globSync('packages/*/src/**/*.ts')
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }));

const having = (form: RegExp): string[] =>
  sources.filter(({ text }) => form.test(text)).map(({ file }) => file);

describe('what is installed', () => {
  it('R03: is bound by its hash, and comes from a registry', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
    expect(
      installed.filter(([, { resolved = 'https:' }]) => !resolved.startsWith('https:')),
    ).toEqual([]);
  });

  it('R02: needs no script of its own to be run', () => {
    const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    // Its binaries come with it, or are done without.
    const known = new Set(['node_modules/msgpackr-extract', 'node_modules/protobufjs']);
    expect(scripts.map(([path]) => path).filter((path) => !known.has(path))).toEqual([]);
    expect(readFileSync('package.json', 'utf8')).not.toMatch(/"(?:pre|post)?install"/);
  });

  it('R01: is asked for in exactly one version', () => {
    for (const file of globSync('packages/*/package.json')) {
      const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      const loose = Object.entries(dependencies).filter(
        ([, wanted]) => !/^\d+\.\d+\.\d+/.test(wanted),
      );
      expect([file, loose]).toEqual([file, []]);
    }
  });
});

describe('sources', () => {
  it('B03: put no value into a question to the store by writing it there', () => {
    // The one name that is written is of a trigger, from a list of three.
    expect(having(/sql\.raw\(/)).toEqual(['packages/gateway/src/store/revision.ts']);
    expect(having(/\.(?:prepare|exec|query)\(\s*(?:`[^`]*\$\{|['"][^'"]*['"]\s*\+)/)).toEqual([
      'packages/gateway/src/store/sqlite-sink.ts',
    ]);
  });

  it('R08, E16: run no text as code, and start no process but our own', () => {
    expect(having(/\beval\(|new Function\(|from 'node:vm'/)).toEqual([]);
    expect(having(/from 'node:child_process'/).toSorted()).toEqual([
      'packages/cli/src/drill/runner.ts',
      'packages/cli/src/workers.ts',
      'packages/gateway/src/local/model.ts',
      'packages/gateway/src/simulator-process.ts',
    ]);
    expect(having(/shell: true/)).toEqual([]);
  });
});
