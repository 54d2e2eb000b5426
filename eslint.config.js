import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// Time, chance and configuration come in through one door each (docs/architecture.md, "Determinism").
const injected = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Take a Clock (shared/clock.ts).' },
    { object: 'performance', property: 'now', message: 'Take a Clock (shared/clock.ts).' },
    { object: 'Math', property: 'random', message: 'Take an Rng (shared/rng.ts).' },
    { object: 'process', property: 'env', message: 'Read the environment in shared/config.ts.' },
  ],
  'no-restricted-globals': [
    'error',
    { name: 'setTimeout', message: 'Use Clock.sleep or Clock.after.' },
    { name: 'setInterval', message: 'Use Clock.sleep or Clock.after.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock (shared/clock.ts).' },
  ],
};

const browser = Object.fromEntries(
  [
    ...[
      'AbortSignal',
      'Blob',
      'clearTimeout',
      'document',
      'EventSource',
      'fetch',
      'getComputedStyle',
      'IntersectionObserver',
    ],
    ...[
      'localStorage',
      'location',
      'matchMedia',
      'performance',
      'requestAnimationFrame',
      'ResizeObserver',
      'sessionStorage',
      'setTimeout',
    ],
    'uPlot',
  ].map((name) => [name, 'readonly']),
);

export default tseslint.config(
  { ignores: ['node_modules/', 'build/', '.farmhand/', 'coverage/', 'runs/', 'template/node-farm/node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...injected,
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Numbers and booleans in messages are what people read; objects would print "[object Object]" and stay forbidden.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // "() => call()" reads better than a braced body where a caller ignores the result.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A member that an interface declares as asynchronous may have nothing to await in one implementation.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // The three doors themselves, and the tests that open them.
    files: ['shared/clock.ts', 'shared/rng.ts', 'shared/config.ts', 'shared/environment.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A test may state what it knows of its own fixtures.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    // What a browser gives, and uPlot, which the page loads as a script of its own.
    files: ['autoscaler/dashboard/**/*.js'],
    languageOptions: { globals: browser },
  },
);
