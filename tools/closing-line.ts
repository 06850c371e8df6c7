import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with the one line that scripts can read in any language: `N passed, N failed`.
 * A module that fails to load counts as one failure, so a syntax error can never read as success.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    let failed = 0;
    const again: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed') failed += 1;
        if (test.diagnostic()?.flaky === true) {
          again.push(`${module.relativeModuleId}: ${test.fullName}`);
        }
      }
    }
    // After vitest's own summary, which is written synchronously in the same hook.
    setImmediate(() => {
      // A second try is a doubt about the test or about us: told, so that it is looked into.
      if (again.length > 0) console.log(`passed at the second try:\n  ${again.join('\n  ')}`);
      console.log(`${passed} passed, ${failed} failed`);
    });
  }
}
