import config from '../jest.config.mjs';

/** Every sabotage, with the suite in full: see `npm run sabotage`. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '..',
  testMatch: ['<rootDir>/test/sabotage/*.test.ts'],
  testPathIgnorePatterns: [],
  // Each file runs several deployments at once.
  maxWorkers: 1,
};
