// The import order of ARCHITECTURE.md: a folder may import only those listed before it.
const FOLDERS = [
  'lib',
  'db',
  'accounts',
  'leads',
  'timeline',
  'files',
  'channels',
  'lines',
  'messages',
  'robots',
  'runs',
  'stages',
  'deliveries',
  'portals',
  'api',
];

const TESTS = '\\.test\\.ts$';

const order = FOLDERS.map((folder, index) => ({
  name: `${folder}-imports-only-what-comes-before`,
  severity: 'error',
  from: { path: `^server/src/${folder}/`, pathNot: TESTS },
  to: { path: `^server/src/(${['cli', ...FOLDERS.slice(index + 1)].join('|')})/` },
}));

export default {
  forbidden: [
    ...order,
    {
      name: 'no-cycles',
      comment: 'Types count too. context.ts names what every part may need, and every part names the context.',
      severity: 'error',
      from: { pathNot: '^server/src/context\\.ts$' },
      to: { circular: true, viaOnly: { pathNot: [TESTS, '^server/src/context\\.ts$'] } },
    },
    {
      name: 'only-known-folders',
      comment: 'A new folder needs its place in the order.',
      severity: 'error',
      from: {},
      to: { path: '^server/src/[^/]+/', pathNot: `^server/src/(${['cli', ...FOLDERS].join('|')})/` },
    },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: { path: '^server/src/', pathNot: TESTS },
      to: { path: '^server/src/main\\.ts$' },
    },
    {
      name: 'shared-files-stay-leaves',
      comment: 'Every folder imports these, so they may lean on lib alone, and on types.',
      severity: 'error',
      from: { path: '^server/src/(config|logger|events|metrics)\\.ts$' },
      to: { path: '^server/src/(?!lib/|config|logger|metrics)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-imports-no-tests',
      severity: 'error',
      from: { path: '^server/src/', pathNot: TESTS },
      to: { path: ['^server/(test|bench|scripts)/', TESTS] },
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
