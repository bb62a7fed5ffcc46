import { FakeWaha, type FakeWahaSettings } from './fake-waha.ts';

/**
 * The fake WAHA as a process of its own: `node fake-waha-main.ts [PORT] [SETTINGS AS JSON]`, or PORT and
 * FAKE_WAHA_SETTINGS in the environment. Prints one line `{"baseUrl":…}` when it listens. While it runs:
 * GET /__log (the messages received, a JSON line each), GET /__stats, POST /__control (settings to change).
 */
const port = Number(process.argv[2] ?? process.env['PORT'] ?? 0);
const settings = JSON.parse(process.argv[3] ?? process.env['FAKE_WAHA_SETTINGS'] ?? '{}') as Partial<FakeWahaSettings>;
const fake = new FakeWaha(settings);
const { baseUrl } = await fake.start(port);
process.stdout.write(`${JSON.stringify({ baseUrl })}\n`);
process.once('SIGTERM', () => void fake.close());
