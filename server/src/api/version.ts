import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ApiApp } from './api-app.ts';

const Package = z.object({ version: z.string() });

/** The version of this Otklik. */
export const VERSION = Package.parse(
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
).version;

/** `/version`: open to everybody, since the sign-in page shows it. */
export function registerVersion(app: ApiApp): void {
  app.route({
    method: 'GET',
    url: '/version',
    config: { access: 'public' },
    schema: {
      tags: ['installation'],
      summary: 'The version of this Otklik',
      response: { 200: z.object({ name: z.literal('otklik'), version: z.string() }) },
    },
    handler: async () => ({ name: 'otklik' as const, version: VERSION }),
  });
}
