import { pino } from 'pino';
import type { Language } from '../../src/accounts/principal.ts';
import type {
  ChannelContext,
  ChannelEvent,
  LineConnection,
  LineHealth,
  TextToSend,
} from '../../src/channels/channel.ts';
import { connectLine } from '../../src/channels/smpp/connection.ts';
import type { SmppConfig } from '../../src/channels/smpp/schema.ts';
import { DEFAULT_TIMING, type Timing } from '../../src/channels/smpp/timing.ts';
import { FakeSmsc, type FakeSmscSettings } from './fake-smsc.ts';

/** A line's clock in which a test need not wait for pauses, while time-outs strike only where a test makes them short. */
const FAST: Timing = {
  ...DEFAULT_TIMING,
  bindMs: 5_000,
  submitMs: 5_000,
  queueMs: 10_000,
  reconnectBaseMs: 20,
  reconnectMaxMs: 100,
  refusedMs: 400,
  throttleMs: 30,
  restMs: 5_000,
  joinMs: 150,
  closeMs: 5_000,
};

export interface SmppRigOptions {
  smsc?: Partial<FakeSmscSettings>;
  config?: Partial<SmppConfig>;
  timing?: Partial<Timing>;
  maySend?: () => boolean;
  onEvent?: (event: ChannelEvent) => Promise<void>;
  tls?: { key: string; cert: string };
  language?: Language;
}

export interface SmppRig extends AsyncDisposable {
  smsc: FakeSmsc;
  line: LineConnection;
  config: SmppConfig;
  context: ChannelContext;
  events: ChannelEvent[];
  states: LineHealth[];
  stopWorker(): void;
  send(text: string, to?: string): ReturnType<LineConnection['sendText']>;
}

/** A context as the worker gives it to a connection; what a connection must not use throws. */
export function smppContext(overrides: Partial<ChannelContext> = {}): ChannelContext {
  const unused = {
    get http(): never {
      throw new Error('SMPP does not use HTTP');
    },
    get simulator(): never {
      throw new Error('only the simulator uses its store');
    },
  };
  return Object.assign(unused, {
    logger: pino({ level: 'silent' }),
    workspaceId: 'ws_test',
    lineId: 'line_test',
    medium: 'sms' as const,
    language: 'en' as const,
    maySend: () => true,
    signal: new AbortController().signal,
    ...overrides,
  });
}

/** A fake SMSC and a line connected to it. Dispose it at the end of the test. */
export async function openSmppRig(options: SmppRigOptions = {}): Promise<SmppRig> {
  const smsc = new FakeSmsc(options.smsc, options.tls);
  const { host, port } = await smsc.start();
  const events: ChannelEvent[] = [];
  const states: LineHealth[] = [];
  const worker = new AbortController();
  const { language = 'en', maySend } = options;
  const context = smppContext({ signal: worker.signal, language, ...(maySend ? { maySend } : {}) });
  const config = { host, port, systemId: 'otklik', password: 'secret', ...options.config };
  const onEvent = async (event: ChannelEvent) => {
    await options.onEvent?.(event);
    events.push(event);
  };
  const line = connectLine(
    config,
    context,
    { onEvent, onState: (health) => void states.push(health) },
    { ...FAST, ...options.timing },
  );
  return {
    smsc,
    line,
    config,
    context,
    events,
    states,
    stopWorker: () => worker.abort(),
    send: (text, to = '+79001234567') => line.sendText(textToSend(text, to)),
    [Symbol.asyncDispose]: async () => {
      await line.close();
      await smsc.close();
    },
  };
}

function textToSend(text: string, to: string): TextToSend {
  return { messageId: 'msg_0199f3c2a4b87c3d8e5f60718293a4b5', to, text, preparedId: null };
}
