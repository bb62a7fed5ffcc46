import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What decides without touching anything: every line and every branch of it is tried by its own tests. */
const PURE = [
  'lib/backoff',
  'messages/look-up-times',
  'messages/status',
  'robots/chains',
  'robots/condition',
  'robots/phone-pick',
  'runs/timing',
  'runs/unanswered',
];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: PURE.map((file) => `src/${file}.test.ts`),
    coverage: {
      enabled: true,
      provider: 'v8',
      include: PURE.map((file) => `src/${file}.ts`),
      reporter: ['text'],
      thresholds: { statements: 100, branches: 100, functions: 100, lines: 100 },
    },
  },
});
