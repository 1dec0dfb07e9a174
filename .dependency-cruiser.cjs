/**
 * Imports point down one line, see ARCHITECTURE.md:
 * adapters → criteria | losses → validate → backend; the reference stands alone.
 */
const ABOVE_BACKEND = '^src/(adapters|criteria|head|losses|validate|reference)/';

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
      comment: 'Two examples install packages of their own.',
      severity: 'error',
      from: { pathNot: '^examples/(frameworks|train)/' },
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
      name: 'examples-stand-alone',
      comment: 'A reader copies an example out, beside an installed package.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(bench|scripts|test)/' },
    },
    {
      name: 'backend-knows-nothing-above',
      severity: 'error',
      from: { path: '^src/backend/' },
      to: { path: ABOVE_BACKEND },
    },
    {
      name: 'runtime-knows-no-loss',
      severity: 'error',
      from: { path: '^src/backend/runtime/' },
      to: { path: '^src/backend/(?!runtime/)' },
    },
    {
      name: 'programs-know-no-stage',
      severity: 'error',
      from: { path: '^src/backend/programs/' },
      to: { path: '^src/backend/(?!programs/|runtime/)' },
    },
    {
      name: 'assignment-knows-no-backend',
      severity: 'error',
      from: { path: '^src/backend/assign/' },
      to: { path: '^src/backend/(wasm|webgpu)/' },
    },
    {
      name: 'backends-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/backend/(wasm|webgpu)/' },
      to: { path: '^src/backend/(wasm|webgpu)/', pathNot: '^src/backend/$1/' },
    },
    {
      name: 'adapters-are-on-top',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/' },
      to: { path: '^src/adapters/' },
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
      to: { path: '^src/(adapters|backend|criteria|head|losses|validate)/' },
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
