import config from '../../jest.config.mjs';

/** The tests that need a Kubernetes cluster. Each file deploys under names of its own; most of the time they wait. */
/** @type {import('jest').Config} */
export default {
  ...config,
  rootDir: '../..',
  testMatch: ['**/*.cluster.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 2,
  testTimeout: 240_000,
};
