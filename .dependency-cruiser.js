/** Which way things may look (ARCHITECTURE.md). Package edges follow the workspace dependencies. */
const leaf = (name) => ({
  name: `${name}-is-a-leaf`,
  severity: 'error',
  comment: `${name} looks at nothing else of ours`,
  from: { path: `^packages/${name}/src` },
  to: { path: `^packages/(?!${name}/)` },
});

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    leaf('health'),
    leaf('dialects'),
    leaf('formats'),
    leaf('simulator'),
    {
      name: 'contract-looks-at-health-types-only',
      severity: 'error',
      from: { path: '^packages/contract/src' },
      to: { path: '^packages/(?!contract/|health/)' },
    },
    {
      name: 'gateway-does-not-know-who-starts-it',
      severity: 'error',
      from: { path: '^packages/gateway/src' },
      to: { path: '^packages/(cli|console)/' },
    },
    {
      name: 'console-is-a-client-of-the-contract',
      severity: 'error',
      from: { path: '^packages/console/src' },
      to: { path: '^packages/(?!console/|contract/)' },
    },
    {
      name: 'undici-only-behind-the-outbound-door',
      severity: 'error',
      from: { path: '^packages/gateway/src', pathNot: '^packages/gateway/src/upstream/' },
      to: { path: 'node_modules/undici' },
    },
    {
      name: 'storage-only-in-store',
      severity: 'error',
      from: { path: '^packages/gateway/src', pathNot: '^packages/gateway/src/store/' },
      to: { path: ['node_modules/kysely', 'node_modules/pg/', '^node:sqlite$', '^sqlite$'] },
    },
    {
      name: 'no-package-internals',
      severity: 'error',
      comment:
        'other packages are reached by their entry points; those of health are many, contract has four',
      from: { path: '^packages/([^/]+)/src' },
      to: {
        path: '^packages/(?!health/)([^/]+)/src/(?!index\\.ts$)',
        pathNot: ['^packages/$1/', '^packages/contract/src/api/(index|client|mock/mock)\\.ts$'],
      },
    },
    {
      name: 'no-dev-code-in-products',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|bench|tools)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '\\.test\\.ts$'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['vitalgate-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
