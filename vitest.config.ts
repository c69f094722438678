import { defineConfig } from 'vitest/config';

const beside = [
  'gateway',
  'devices',
  'flows',
  'firmware-sim',
  'deploy',
  'bench',
  'tests/tidy',
  'tests/support',
  'tests/fuzz',
  'tests/soak-delivery',
  'tests/conformance',
];

/**
 * `unit` and `property` run beside the code in parallel. `system` starts real processes and mostly waits for them, so files run
 * beside each other; those that hold a process to a rate or a time, or take all of the machine, run `alone`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Loading the same modules anew for each of some hundred files took longer than the tests.
          isolate: false,
          include: beside.map((folder) => `${folder}/**/*.test.ts`),
          exclude: ['**/*.property.test.ts'],
          // A bound for what hangs: some start processes, and a machine may be busy.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'property',
          // As above.
          isolate: false,
          include: beside.map((folder) => `${folder}/**/*.property.test.ts`),
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['tests/system/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'alone',
          include: ['tests/system/alone/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
