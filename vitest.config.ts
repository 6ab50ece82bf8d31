import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Tests that start the command use dist/, as its users do.
const globalSetup = ['test/setup/build-once.ts'];
const setupFiles = ['test/setup/temporary-files.ts'];

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          globalSetup,
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.slow.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          globalSetup,
          setupFiles,
          include: ['test/**/*.slow.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Slow suites start compilers and containers that use every core by themselves.
          maxWorkers: 1,
        },
      },
    ],
  },
});

export default config;
