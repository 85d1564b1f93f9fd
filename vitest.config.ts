import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Three kinds of tests, three projects:
 *
 *   unit     *.test.ts, *.property.test.ts   pure or on temporary files, all at once
 *   host     *.host.test.ts                  real bwrap, real mounts: slow, two files at a time
 *   package  test/package/                   the tarball, installed elsewhere; needs the npm registry
 */
const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: ['test/property-settings.ts', 'test/patient-waits.ts'],
    expect: { poll: { timeout: 60_000 } },
    // The production build of XState saves a zombie without a word where this one throws.
    execArgv: ['--conditions=development'],
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.host.test.ts', 'test/package/**'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

export default config;
