/**
 * Imports point one way (docs/architecture.md, "The tree"):
 * test, scripts, cli -> bench, chaos, local, autoscaler/http -> run, loop -> env, policy, scaler -> sim, learn, forecast -> shared
 */
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: {
    path: '^(shared|functions|template|autoscaler|local|kind|bench|chaos|cli|clients|scripts|test)/',
    pathNot: allowed,
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan-unresolved',
      severity: 'error',
      comment: 'every import must resolve',
      from: {},
      to: { couldNotResolve: true },
    },
    only('shared-stands-alone', '^shared/', '^shared/', 'shared/ is in every image and imports nothing of ours'),
    only(
      'functions-use-shared',
      '^functions/([^/]+)/',
      ['^shared/', '^functions/$1/'],
      'a function imports shared/ and its own folder',
    ),
    only('template-uses-shared', '^template/', ['^shared/', '^template/'], 'the host knows no function'),
    only(
      'pure-brain',
      '^autoscaler/(policy|learn|forecast|placement|sim|shield|observation)',
      ['^shared/', '^autoscaler/(policy|learn|forecast|placement|sim|shield|observation)'],
      'decisions are pure',
    ),
    {
      name: 'pure-brain-no-io',
      severity: 'error',
      comment: 'policy, learn, forecast, placement, sim and shield use no redis, http or fs',
      from: { path: '^autoscaler/(policy|learn|forecast|placement|sim|shield|observation)' },
      to: {
        path: [
          'ioredis',
          'axios',
          'undici',
          'fastify',
          '^node:(fs|http|net|child_process)',
          '^(fs|http|net|child_process)$',
          '^shared/clock',
        ],
      },
    },
    only(
      'scaler-and-env',
      '^autoscaler/(scaler|env)/',
      ['^shared/', '^autoscaler/(scaler|env|sim|learn|forecast|policy|observation)'],
      'scalers and environments sit above the brain',
    ),
    // calibrate times the worker's own task kinds: the one named exception to "nothing imports a function".
    only(
      'run-and-loop',
      '^autoscaler/(run|loop)/',
      ['^shared/', '^autoscaler/(?!http|dashboard)', '^functions/worker/kinds/'],
      'run/ and loop/ do not know http/',
    ),
    only('autoscaler-http', '^autoscaler/http/', ['^shared/', '^autoscaler/'], 'http/ is the top of the autoscaler'),
    only(
      'local-stands-beside',
      '^local/',
      ['^shared/', '^local/', '^scripts/assemble'],
      'the local farm knows functions only as processes',
    ),
    only(
      'bench',
      '^(bench|chaos)/',
      ['^shared/', '^autoscaler/', '^local/', '^bench/', '^chaos/'],
      'bench and chaos drive the farm from outside',
    ),
    only(
      'cli',
      '^cli/',
      ['^shared/', '^autoscaler/', '^local/', '^bench/', '^chaos/', '^cli/'],
      'the command line is the top',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^build/', '^\\.farmhand/', '^coverage/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};
