import config from '../../jest.config.mjs';

/** What takes minutes on Azure's stand-in: with the real provider, and with the smoke suite. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  testMatch: ['**/*.life.test.ts'],
  testPathIgnorePatterns: [],
  // They mostly wait: the provider sleeps between its calls.
  maxWorkers: 3,
  testTimeout: 900_000,
};
