// Tests run on what tsc wrote to dist/, so that they are type-checked and need no transform.
const project = (name, extra = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/dist/test/${name}/**/*.test.js`],
  testEnvironment: 'node',
  transform: {},
  ...extra,
});

// A traced program on a busy machine may take long; what hangs is ended all the same.
const patient = { setupFilesAfterEnv: ['<rootDir>/dist/test/support/patience.js'] };

module.exports = {
  projects: [project('unit'), project('engine'), project('e2e', patient)],
};
