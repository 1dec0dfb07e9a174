/**
 * Imports point down one line, see ARCHITECTURE.md:
 * adapters → criteria | losses → validate → backend; the reference stands alone.
 */
const ABOVE_BACKEND = '^src/(adapters|criteria|head|losses|validate|reference)\\b';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-runtime-dependencies',
      comment: 'The bundler would copy a dev dependency into dist without a word.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules' },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|playground|scripts)/' },
    },
    {
      name: 'backend-knows-nothing-above',
      severity: 'error',
      from: { path: '^src/backend/' },
      to: { path: ABOVE_BACKEND },
    },
    {
      name: 'validate-knows-nothing-above',
      severity: 'error',
      from: { path: '^src/validate\\b' },
      to: { path: '^src/(adapters|criteria|head|losses)/' },
    },
    {
      name: 'backend-is-handed-in',
      comment: 'A criterion or a loss sees the Backend interface, never an implementation.',
      severity: 'error',
      from: { path: '^src/(criteria|losses|validate)\\b' },
      to: { path: '^src/(adapters|backend/(wasm|webgpu))/' },
    },
    {
      name: 'reference-is-independent',
      comment: 'It defines what is right, so it may share nothing with what it checks.',
      severity: 'error',
      from: { path: '^src/reference/' },
      to: { path: '^src/(adapters|backend|criteria|head|losses|validate)\\b' },
    },
    {
      name: 'reference-is-for-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/reference/' },
      to: { path: '^src/reference/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/(runtimes/node_modules|package/(consumer|ssr|tools)/)' },
  },
};
