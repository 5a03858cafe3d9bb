const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    // Without these two, class-validator sees no metadata and ValidationPipe accepts everything.
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2024',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$|/console/page/[^/]+\\.js$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^@libs/([^/]+)/testing$': '<rootDir>/libs/$1/src/testing/index.ts',
    '^@libs/(platform|testing)/(.+)$': '<rootDir>/libs/$1/src/$2.ts',
    '^@libs/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  rootDir: __dirname,
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const onStack = {
  ...shared,
  globalSetup: '<rootDir>/tools/stack/test/global-setup.ts',
  setupFiles: ['<rootDir>/tools/stack/test/use-stack.ts'],
};

/**
 * unit: beside the code, no process started. stack: against an embedded stack, one for each worker of jest. attacks: the
 * API under attack, with a table at the end. faults: a stack whose parts are killed; its rows are printed as they come
 * and once more at the end. notebook: the notebook in a kernel, against the embedded stack.
 */
module.exports = {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,bench,libs,tools}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', '/test/'],
    },
    {
      ...onStack,
      displayName: 'stack',
      globalSetup: '<rootDir>/tools/stack/test/global-guarded-setup.ts',
      globalTeardown: '<rootDir>/tools/stack/test/global-guarded-teardown.ts',
      testMatch: [
        '<rootDir>/{apps,tools}/*/test/**/*.spec.ts',
        '<rootDir>/{bench,notebooks}/test/**/*.spec.ts',
      ],
      testPathIgnorePatterns: ['/node_modules/', '/test/(faults|attacks|notebook)/'],
    },
    {
      ...onStack,
      displayName: 'attacks',
      testMatch: ['<rootDir>/apps/*/test/attacks/**/*.spec.ts'],
      globalTeardown: '<rootDir>/apps/processor-api/test/attacks/global-teardown.ts',
    },
    {
      ...onStack,
      displayName: 'faults',
      testMatch: ['<rootDir>/apps/*/test/faults/**/*.spec.ts'],
      globalSetup: '<rootDir>/tools/stack/test/global-own-setup.ts',
      globalTeardown: '<rootDir>/apps/metadata-worker/test/faults/global-teardown.ts',
    },
    {
      ...onStack,
      displayName: 'notebook',
      testMatch: ['<rootDir>/notebooks/test/notebook/**/*.spec.ts'],
    },
  ],
  // For a test that hangs: what others wait for takes a busy machine many times as long as a fast one.
  testTimeout: 120_000,
  coverageDirectory: 'coverage',
  collectCoverageFrom: [
    '{apps,libs}/**/src/**/*.ts',
    '!**/*.spec.ts',
    '!**/index.ts',
    '!**/testing/**',
    '!**/main.ts',
    // AssemblyScript: what it compiles to is tested.
    '!**/assembly/**',
  ],
  coverageReporters: ['text', 'json-summary'],
  coverageThreshold: { './libs/domain/src/': { branches: 95 }, './libs/contracts/src/': { branches: 95 } },
};
