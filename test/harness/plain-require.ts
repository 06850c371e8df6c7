/**
 * The test runner hands its `import` condition on to Node, and Node to require(): CommonJS packages
 * that bring both halves then get the wrong half of each other (pg of pg-pool). To be imported
 * before them.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    if (!context.conditions.includes('require')) return next(specifier, context);
    const conditions = context.conditions.filter((one) => one !== 'import' && one !== 'module');
    return next(specifier, { ...context, conditions });
  },
});
