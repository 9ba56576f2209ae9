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

module.exports = tseslint.config(
  { ignores: ['dist', 'build', 'node_modules', 'examples', 'scripts', '*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
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
