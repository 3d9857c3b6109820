import config from '../jest.config.mjs';

/** What takes long, needs outside judges, or an older release from the registry: see `npm run test:long`. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '..',
  testMatch: ['**/*.long.test.ts'],
  testPathIgnorePatterns: [],
  // They mostly wait: Terraform's provider sleeps between its calls.
  maxWorkers: 3,
  testTimeout: 900_000,
};
