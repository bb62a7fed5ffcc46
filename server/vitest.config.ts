import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    // Real processes and a real database: the limits are for hanging, not for slowness.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    // A leftover `.only` would silently skip the rest.
    allowOnly: !process.env['CI'],
    passWithNoTests: false,
    env: { TZ: 'UTC' },
  },
});
