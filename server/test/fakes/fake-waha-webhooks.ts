import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';

/** What the fake tells the product by itself. */
export interface FakeWahaWebhookSettings {
  webhookUrl: string | null;
  /** Signs with HMAC-SHA512, as `hmac.key` of a WAHA session does. */
  webhookSecret: string | null;
  /** The `message.ack` events that follow each message, in this order. */
  acks: number[];
  ackDelayMs: number;
  /** Each event is posted this many times. */
  webhookTimes: number;
  /** The first event is posted before the message's own answer. */
  webhooksEarly: boolean;
  /** WAHA repeats an event that was not answered with 2xx: 15 times, 2 s apart, unless configured otherwise. */
  webhookAttempts: number;
  webhookRetryMs: number;
}

const ackNames: Record<number, string> = {
  [-1]: 'ERROR',
  0: 'PENDING',
  1: 'SERVER',
  2: 'DEVICE',
  3: 'READ',
  4: 'PLAYED',
};

/** Posts WAHA's events to a webhook. https://waha.devlike.pro/docs/how-to/events/ */
export class FakeWahaWebhooks {
  /** Events not yet delivered. */
  pending = 0;
  private readonly settings: FakeWahaWebhookSettings & { session: string };
  private readonly agent = new Agent({ connections: 64 });
  private readonly timers = new Set<NodeJS.Timeout>();
  private closed = false;

  constructor(settings: FakeWahaWebhookSettings & { session: string }) {
    this.settings = settings;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    await this.agent.destroy();
  }

  /** Tells the acks of a message that was just received; resolves when those that come early were posted once. */
  async acknowledge(message: { id: string; chatId: string; ack: number }): Promise<void> {
    const { acks, ackDelayMs, webhooksEarly, webhookUrl } = this.settings;
    if (!webhookUrl) return;
    const early: Promise<void>[] = [];
    acks.forEach((ack, index) => {
      const tell = () => {
        if (ack > message.ack || ack < 0) message.ack = ack;
        return this.post('message.ack', {
          id: `true_${message.chatId}_${message.id}`,
          from: '79990000000@c.us',
          to: message.chatId,
          participant: '',
          fromMe: true,
          ack,
          ackName: ackNames[ack],
        });
      };
      if (webhooksEarly && index === 0) early.push(tell());
      else this.later(ackDelayMs * (index + 1) + 1, () => void tell());
    });
    await Promise.all(early);
  }

  /** Posts one event, as often as configured; resolves after the first try of each. */
  async post(event: string, payload: Record<string, unknown>): Promise<void> {
    const { webhookUrl, session, webhookTimes } = this.settings;
    if (!webhookUrl) return;
    const environment = {
      version: '2026.7.1',
      engine: 'GOWS',
      tier: 'CORE',
      browser: '',
      platform: 'linux/x64',
      worker: { id: null },
    };
    const id = `evt_${randomUUID().replaceAll('-', '')}`;
    const body = JSON.stringify({
      id,
      timestamp: Date.now(),
      session,
      engine: 'GOWS',
      event,
      payload,
      me: { id: '79990000000@c.us', pushName: 'Line' },
      metadata: {},
      environment,
    });
    this.pending += webhookTimes;
    await Promise.all(Array.from({ length: webhookTimes }, () => this.deliver(webhookUrl, body, 1)));
  }

  private async deliver(url: string, body: string, attempt: number): Promise<void> {
    const status = await this.tryToPost(url, body);
    const delivered = status >= 200 && status < 300;
    if (delivered || this.closed || attempt >= this.settings.webhookAttempts) this.pending -= 1;
    else this.later(this.settings.webhookRetryMs, () => void this.deliver(url, body, attempt + 1));
  }

  private async tryToPost(url: string, body: string): Promise<number> {
    try {
      const answer = await request(url, {
        method: 'POST',
        body,
        headers: signedHeaders(body, this.settings.webhookSecret),
        dispatcher: this.agent,
      });
      await answer.body.dump();
      return answer.statusCode;
    } catch {
      return 0;
    }
  }

  private later(delayMs: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      task();
    }, delayMs);
    this.timers.add(timer);
  }
}

/** The headers of an event as WAHA sends them. */
export function signedHeaders(body: string, secret: string | null): Record<string, string> {
  const headers = {
    'content-type': 'application/json',
    'x-webhook-request-id': randomUUID(),
    'x-webhook-timestamp': String(Date.now()),
  };
  if (!secret) return headers;
  const hmac = createHmac('sha512', secret).update(body).digest('hex');
  return { ...headers, 'x-webhook-hmac': hmac, 'x-webhook-hmac-algorithm': 'sha512' };
}
