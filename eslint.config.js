const tseslint = require('typescript-eslint');

const strictSizes = {
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  complexity: ['error', 14],
  'max-params': ['error', 4],
};

/** Registers and other words of 64 bits that would lose some. */
const ROUNDED_WORDS = [
  "CallExpression[callee.name='Number'] > CallExpression[callee.property.name=/^getBig/]",
  "CallExpression[callee.name='Number'] > CallExpression[callee.name=/^(exact|signed)Word$/]",
  "CallExpression[callee.name='wordAsNumber'] > MemberExpression[property.name=/^(result|syscallNumber|argumentRegisters)$/]",
  "CallExpression[callee.name='wordAsNumber'] > Identifier[name=/^(result|syscallNumber|SI_ADDR)$/]",
];

const nodeGlobals = Object.fromEntries(
  [
    '__dirname',
    '__filename',
    'Buffer',
    'console',
    'exports',
    'module',
    'performance',
    'process',
    'require',
  ].map((name) => [name, 'readonly']),
);

const YOUNG_SYNTAX = [
  'ChainExpression',
  "LogicalExpression[operator='??']",
  'AssignmentExpression[operator=/^(\\?\\?|\\|\\||&&|\\*\\*)=$/]',
  'CatchClause:not([param])',
  'ObjectExpression > SpreadElement',
  'ObjectPattern > RestElement',
  ':function[async=true]',
].map((selector) => ({ selector, message: 'An old Node must be able to read this file.' }));

module.exports = tseslint.config(
  { ignores: ['dist', 'build', 'node_modules', 'examples'] },
  {
    // Scripts run as they are: no compiler has looked at them.
    files: ['scripts/**/*.js', '*.js'],
    extends: [tseslint.configs.recommended],
    languageOptions: { sourceType: 'commonjs', globals: nodeGlobals },
    rules: {
      ...strictSizes,
      '@typescript-eslint/no-require-imports': 'off',
      eqeqeq: 'error',
      'no-undef': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // What an old Node reads, to be told that it is too old: no syntax younger than ECMAScript 2015.
    files: ['scripts/loader.js', 'scripts/need-node.js'],
    languageOptions: {
      globals: { ...nodeGlobals, NEEDED_NODE: 'readonly' },
    },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { caughtErrors: 'none' }],
      'no-restricted-syntax': ['error', ...YOUNG_SYNTAX],
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: __dirname },
    },
    rules: {
      ...strictSizes,
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Name what you export: a default export has a different name in every file.',
        },
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
        ...ROUNDED_WORDS.map((selector) => ({
          selector,
          message: 'A double has no room for 64 bits: read it with exactWord or signedWord.',
        })),
      ],
    },
  },
  {
    // A describe() block is a list of tests, not a function that does one thing.
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' },
  },
);
