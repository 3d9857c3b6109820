import config from '../../jest.config.mjs';

/** The tests that need a Kubernetes cluster: one file after another, for one of them drains its only node. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  testMatch: ['**/*.cluster.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 240_000,
};
