import { setTimeout } from 'node:timers/promises';
import { startProcess } from './process.ts';
import { PROVIDER_KEY } from './scenario.ts';

/** When each phone's text and file came to the provider. */
export type Arrivals = Map<string, { text: number; file: number }>;

export interface Provider {
  baseUrl: string;
  pid: number;
  /** How many messages have come so far. */
  received(): Promise<number>;
  /** Waits until that many have come. */
  waitFor(received: number, timeoutMs: number): Promise<void>;
  /** Everything that has come; throws when a message came twice or the provider had to refuse something. */
  arrivals(): Promise<Arrivals>;
}

interface Stats {
  received: number;
  repeats: number;
  unexpected: string[];
}

/** Starts the local provider: the tests' WAHA, on which every number has WhatsApp. `stack` stops it. */
export async function startProvider(stack: AsyncDisposableStack): Promise<Provider> {
  const settings = { apiKey: PROVIDER_KEY, withoutWhatsapp: [] };
  const child = stack.use(
    startProcess(new URL('../test/fakes/fake-waha-main.ts', import.meta.url), {
      args: ['0', JSON.stringify(settings)],
    }),
  );
  const { baseUrl } = JSON.parse(await child.nextLine()) as { baseUrl: string };
  const stats = async () => (await (await fetch(`${baseUrl}/__stats`)).json()) as Stats;
  return {
    baseUrl,
    pid: child.pid,
    received: async () => (await stats()).received,
    async waitFor(received, timeoutMs) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const now = (await stats()).received;
        if (now >= received) return;
        if (Date.now() > until) throw new Error(`The provider got ${now} messages instead of ${received}`);
        await setTimeout(50);
      }
    },
    async arrivals() {
      const { repeats, unexpected } = await stats();
      if (repeats > 0 || unexpected.length > 0)
        throw new Error(`The provider got ${repeats} messages twice and refused: ${unexpected.slice(0, 3).join('; ')}`);
      return readLog(await (await fetch(`${baseUrl}/__log`)).text());
    },
  };
}

function readLog(log: string): Arrivals {
  const arrivals: Arrivals = new Map();
  for (const line of log.split('\n')) {
    if (line === '') continue;
    const { chatId, kind, at } = JSON.parse(line) as { chatId: string; kind: 'text' | 'file'; at: number };
    const phone = `+${chatId.slice(0, chatId.indexOf('@'))}`;
    const known = arrivals.get(phone) ?? { text: 0, file: 0 };
    if (known[kind] !== 0) throw new Error(`${phone} got its ${kind} twice`);
    arrivals.set(phone, { ...known, [kind]: at });
  }
  return arrivals;
}
