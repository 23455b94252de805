/**
 * Which folders may depend on which: docs/change/architecture.md has the picture. Types count too.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'service-alone',
      comment: 'The service must not know what surrounds it in development.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(dev|simulators|test|bench|chaos|examples|packages)/' },
    },
    {
      name: 'client-alone',
      comment: 'It is installed by itself, and runs in browsers too.',
      severity: 'error',
      from: { path: '^packages/client/' },
      to: { pathNot: '^packages/client/' },
    },
    {
      name: 'no-development-packages',
      comment: 'What the service imports is installed in production.',
      severity: 'error',
      from: { path: '^(src|simulators|migrations)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'workflows-deterministic',
      comment: 'Side effects belong in activities.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: {
        path: '^(node_modules/(?!@temporalio/(workflow|common)/|dinero\\.js/|currency-codes/|card-validator/|uuid/))',
      },
    },
    {
      name: 'no-built-ins-of-node',
      comment: 'Neither workflows nor the domain may see time, randomness, files or the network.',
      severity: 'error',
      from: { path: '^src/(workflows|domain)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflows-inward',
      comment:
        'Workflows know the domain, the contract, and of the activities the types, as Biome sees to.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/(?!workflows/|domain/|contract/|visibility/|activities/)' },
    },
    {
      name: 'domain-pure',
      comment: 'The domain depends on nothing but small pure libraries.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: {
        path: '^(src/(?!domain/)|node_modules/(?!dinero\\.js/|currency-codes/|card-validator/))',
      },
    },
    {
      name: 'clients-and-store-inward',
      comment: 'Clients and store know the domain, the contract and the platform.',
      severity: 'error',
      from: { path: '^src/(clients|store)/' },
      to: { path: '^(src/(activities|workflows|api|worker|commands)|node_modules/@temporalio/)' },
    },
    {
      name: 'payloads-inward',
      comment: 'Whatever talks to Temporal needs them.',
      severity: 'error',
      from: { path: '^src/payloads/' },
      to: { path: '^src/(?!payloads/|store/|contract/|domain/|platform/)' },
    },
    {
      name: 'activities-inward',
      comment: 'Activities know clients, store and domain.',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^src/(workflows|api|worker|commands)/' },
    },
    {
      name: 'api-by-contract',
      comment: 'The API addresses workflows by the contract, and reads the store.',
      severity: 'error',
      from: { path: '^src/api/' },
      to: { path: '^src/(workflows|activities|clients|worker|commands)/' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/(platform|config)/' },
      to: { path: '^src/(?!platform/|config/|contract/|domain/|legacy-import/legacy-config)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Programs of their own, with packages of their own.
    exclude: { path: '^examples/clients/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
