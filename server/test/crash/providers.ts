import type { FakeSmscSettings } from '../fakes/fake-smsc.ts';
import type { SmscMessage } from '../fakes/fake-smsc-inbox.ts';
import type { FakeWahaSettings, WahaReceived, WahaRoute } from '../fakes/fake-waha.ts';
import { type Child, startChild } from './child.ts';

/** What a provider got for a phone: the truth that the product's books are held against. */
export interface Received {
  phone: string;
  kind: 'text' | 'file' | 'sms';
  text: string | null;
  at: number;
}

/** The two providers of the tests, each a process of its own that outlives the product. */
export interface Providers extends AsyncDisposable {
  wahaUrl: string;
  smsc: { host: string; port: number };
  received(): Promise<Received[]>;
  /** How many requests of this route WAHA has got, unanswered ones included. */
  wahaRequests(route: WahaRoute): Promise<number>;
  controlWaha(settings: Partial<FakeWahaSettings>): Promise<void>;
  controlSmsc(settings: Partial<FakeSmscSettings>): Promise<void>;
  smscBinds(): Promise<number>;
  /** Requests that WAHA's description does not know. */
  unexpected(): Promise<string[]>;
}

/** Numbers that end in one of these have no WhatsApp. */
export const WITHOUT_WHATSAPP = ['1', '4', '7'];

export async function startProviders(latencyMs = 50): Promise<Providers> {
  const wahaSettings: Partial<FakeWahaSettings> = { latencyMs, withoutWhatsapp: WITHOUT_WHATSAPP };
  const waha = startChild('../fakes/fake-waha-main.ts', ['0', JSON.stringify(wahaSettings)]);
  const smsc = startChild('../fakes/fake-smsc-main.ts', ['0', JSON.stringify({ latencyMs })]);
  try {
    const { baseUrl } = await waha.told<{ baseUrl: string }>('baseUrl');
    const address = await smsc.told<{ host: string; port: number; controlUrl: string }>('host');
    return describeProviders(waha, baseUrl, smsc, address);
  } catch (error) {
    await Promise.all([waha.kill(), smsc.kill()]);
    throw error;
  }
}

function describeProviders(
  waha: Child,
  wahaUrl: string,
  smsc: Child,
  address: { host: string; port: number; controlUrl: string },
): Providers {
  const stats = () =>
    readJson<{ requests: Partial<Record<WahaRoute, number>>; unexpected: string[] }>(`${wahaUrl}/__stats`);
  return {
    wahaUrl,
    smsc: { host: address.host, port: address.port },
    async received() {
      const text = await (await fetch(`${wahaUrl}/__log`)).text();
      const whatsapp = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as WahaReceived]));
      const { messages } = await readJson<{ messages: SmscMessage[] }>(`${address.controlUrl}/__log`);
      return [
        ...whatsapp.map(({ chatId, kind, text: said, at }) => ({
          phone: `+${chatId.split('@')[0]}`,
          kind,
          text: said,
          at,
        })),
        ...messages.map(({ to, text: said, at }) => ({ phone: `+${to}`, kind: 'sms' as const, text: said, at })),
      ];
    },
    wahaRequests: async (route) => (await stats()).requests[route] ?? 0,
    controlWaha: (settings) => post(`${wahaUrl}/__control`, settings),
    controlSmsc: (settings) => post(`${address.controlUrl}/__control`, settings),
    smscBinds: async () => (await readJson<{ binds: unknown[] }>(`${address.controlUrl}/__stats`)).binds.length,
    unexpected: async () => (await stats()).unexpected,
    async [Symbol.asyncDispose]() {
      await Promise.all([waha.kill(), smsc.kill()]);
    },
  };
}

async function readJson<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}
