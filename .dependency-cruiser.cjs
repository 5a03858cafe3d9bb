/** The boundary rule of docs/adr/0001: one named rule for each wall of the house. */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-only-itself',
      comment: 'The domain is plain TypeScript: no framework, no client, no other library of ours.',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/domain/src' },
    },
    {
      name: 'contracts-import-domain-only',
      comment:
        'What crosses a wire knows the model, never an app, a broker client or a framework of one side.',
      severity: 'error',
      from: {
        path: '^libs/contracts/src',
        pathNot: ['\\.spec\\.ts$', '^libs/contracts/src/testing/msgpack'],
      },
      to: {
        pathNot: [
          '^libs/(contracts|domain)/src',
          'node_modules/(class-validator|reflect-metadata)/',
          '^(node:)?(buffer|crypto)$',
        ],
      },
    },
    {
      name: 'vector-index-imports-domain-only',
      comment: 'The index computes: it knows no database, no framework, no thread.',
      severity: 'error',
      from: { path: '^libs/vector-index/src', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/(vector-index|domain)/src' },
    },
    {
      name: 'platform-knows-no-app',
      comment: 'Infrastructure both apps share stays below them and beside the contracts.',
      severity: 'error',
      from: { path: '^libs/platform/src' },
      to: { path: '^(apps|tools)/' },
    },
    {
      name: 'apps-do-not-import-each-other',
      comment: 'The two programs meet on the topic, nowhere else.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'adapters-only-through-modules',
      comment:
        'A port meets its adapter in a *.module.ts; migrate.ts and rollup.ts are programs about the database alone.',
      severity: 'error',
      from: {
        path: '^apps/[^/]+/src',
        pathNot: ['/src/(.+\\.module|migrate|rollup)\\.ts$', '/src/adapters/'],
      },
      to: { path: '^apps/[^/]+/src/adapters/' },
    },
    {
      name: 'access-knows-no-http',
      comment: 'Who may ask is decided of the facts of a request, whatever serves it.',
      severity: 'error',
      from: { path: '^apps/processor-api/src/access/' },
      to: { path: '^apps/processor-api/src/(http|ingest|reads|search|console|openapi)/' },
    },
    {
      name: 'http-knows-no-route',
      comment: 'What every request passes knows nothing of the routes, their pages and their description.',
      severity: 'error',
      from: { path: '^apps/processor-api/src/http/' },
      to: { path: '^apps/processor-api/src/(ingest|reads|search|console|openapi)/' },
    },
    {
      name: 'testing-only-in-tests',
      comment: 'What tests share may start and change anything: the programs know nothing of it.',
      severity: 'error',
      from: {
        path: '^(apps/[^/]+|libs/(contracts|domain|platform|vector-index))/src/',
        pathNot: '\\.spec\\.ts$',
      },
      to: { path: '^libs/testing/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-unresolvable',
      comment: 'An import that resolves to nothing would slip past every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
