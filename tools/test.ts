import { createVitest, parseCLI, type TestModule } from 'vitest/node';

/**
 * Runs the tests, and each file of which something failed once more when all others are done: in a new
 * process, with nobody beside it. Thousands of tests of real processes share a machine, and one of them
 * missing a moment is not a broken product; what a failure has left in a file's gateway or page would
 * spoil a second try in the same place. A file that fails twice has failed.
 *
 * Takes vitest's own arguments, and ends with the one line that scripts can read in any language:
 * `N passed, N failed`.
 */
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await createVitest({ ...options, watch: false });

/** Those that have not done well, and those during which something failed that no test waited for. */
function doubtful(modules: readonly TestModule[], errors: readonly unknown[]): TestModule[] {
  const during = new Set(
    errors.map((error) => (error as { readonly VITEST_TEST_PATH?: string }).VITEST_TEST_PATH),
  );
  return modules.filter((one) => !one.ok() || during.has(one.moduleId));
}

try {
  const first = await vitest.start(filter);
  let { unhandledErrors } = first;
  const again = doubtful(first.testModules, unhandledErrors);
  const results = new Map(first.testModules.map((one) => [one.id, one]));
  if (again.length > 0) {
    const second = await vitest.runTestSpecifications(
      again.map((one) => one.toTestSpecification()),
    );
    for (const one of second.testModules) results.set(one.id, one);
    // What no file is known for is not undone by running files.
    const astray = unhandledErrors.filter((error) => doubtful(again, [error]).length === 0);
    unhandledErrors = [...second.unhandledErrors, ...astray];
    // A second try is a doubt about the test or about us: told, so that it is looked into.
    const files = again.map(({ relativeModuleId }) => relativeModuleId);
    console.log(`ran twice:\n  ${files.join('\n  ')}`);
  }
  let passed = 0;
  // A file that does not load is one failure: a syntax error can never read as success.
  let failed = unhandledErrors.length;
  for (const module of results.values()) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      if (state === 'failed') failed += 1;
    }
  }
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
} finally {
  await vitest.close();
}
