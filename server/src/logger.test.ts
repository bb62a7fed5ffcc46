import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

test('credentials do not reach the log', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => lines.push(line) });
  logger.info(
    {
      apiKey: 'hidden-1',
      config: { password: 'hidden-2', nested: { token: 'hidden-3' } },
      req: {
        headers: { authorization: 'Bearer hidden-4', cookie: 'hidden-5', 'x-api-key': 'hidden-6', host: 'shown' },
      },
    },
    'A request came',
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('hidden');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    msg: 'A request came',
    req: { headers: { host: 'shown' } },
  });
});
