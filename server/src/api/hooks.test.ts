import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { createTestApp, createTestWorkspace } from '../../test/harness/app.ts';
import { requireChannel } from '../channels/registry.ts';
import { processWebhook } from '../deliveries/receive-webhook.ts';
import { createLine, readLine } from '../lines/line-store.ts';

const BODY = JSON.stringify({
  id: 'evt_01',
  timestamp: 1_700_000_000_000,
  event: 'session.status',
  session: 'default',
  payload: { name: 'default', status: 'WORKING' },
});

it("a webhook is believed only with the line's address and the provider's signature, and is kept before it is read", async () => {
  await using test = await createTestApp();
  const { workspace } = await createTestWorkspace(test.context);
  const line = await createLine(test.context.pool, test.context.secrets, workspace.id, {
    channel: requireChannel('waha'),
    medium: 'whatsapp',
    name: 'Продажи',
    paceIntervalMs: 0,
    config: { baseUrl: 'http://127.0.0.1:3000', apiKey: 'key', session: 'default', webhookSecret: 'hook-secret' },
  });
  const post = (token: string, signature: string) =>
    test.app.inject({
      method: 'POST',
      url: `/hooks/${token}`,
      payload: BODY,
      headers: {
        'content-type': 'application/json',
        'x-webhook-hmac': signature,
        'x-webhook-hmac-algorithm': 'sha512',
      },
    });
  const signature = createHmac('sha512', 'hook-secret').update(BODY).digest('hex');
  expect((await post('x'.repeat(43), signature)).statusCode).toBe(404);
  expect(
    (
      await post(
        line.hookToken,
        signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      )
    ).statusCode,
  ).toBe(401);
  const kept = await test.context.pool.query<{ id: string }>('select id from webhook_events');
  expect(kept.rows).toEqual([]);
  expect((await post(line.hookToken, signature)).statusCode).toBe(200);
  const { rows } = await test.context.pool.query<{ id: string }>(
    'select id from webhook_events where processed_at is null',
  );
  expect(rows).toHaveLength(1);
  await processWebhook(test.context, workspace.id, rows[0]?.id as string);
  await processWebhook(test.context, workspace.id, rows[0]?.id as string);
  expect((await readLine(test.context.pool, workspace.id, line.id))?.state).toBe('working');
});
