import { expect, it } from 'vitest';
import { receiveWebhook } from '../src/deliveries/receive-webhook.ts';
import { readLine } from '../src/lines/line-store.ts';
import { openLine } from '../src/lines/open-line.ts';
import { testLine } from '../src/lines/test-line.ts';
import { recipes } from '../src/robots/recipes/recipes.ts';
import { FakeWaha } from './fakes/fake-waha.ts';
import { createRig, type Rig } from './harness/rig.ts';

const WITHOUT = '+79001234560';

async function speak(rig: Rig, language: 'ru' | 'en'): Promise<void> {
  await rig.context.pool.query('update workspaces set language = $2 where id = $1', [rig.workspace.id, language]);
}

it.each([
  ['ru', 'Симулятор: на этом номере нет WhatsApp'],
  ['en', 'Simulator: the number has no WhatsApp'],
] as const)('a workspace in %s finds its language beside messages and steps', async (language, sentence) => {
  await using rig = await createRig();
  await speak(rig, language);
  const whatsappLineId = await rig.addLine('simulator', 'whatsapp');
  const smsLineId = await rig.addLine('simulator', 'sms');
  const file = { url: 'https://example.com/price.pdf' };
  const robots = recipes.get('one-stage')?.robotsFor('first', { language, whatsappLineId, smsLineId, file }) ?? [];
  const message = robots.find((robot) => robot.ref === 'message');
  await rig.setRobots(0, [{ ...message, condition: null }]);
  const leadId = await rig.addLead({ phone: WITHOUT });
  await rig.idle();
  const error = expect.stringContaining(sentence);
  expect(await rig.messagesOf(leadId)).toMatchObject([{ status: 'refused', error }]);
  const [run] = await rig.runsOf(leadId);
  expect(run?.steps[0]).toMatchObject({ error });
});

it.each([
  ['ru', 'WAHA отклонил ключ API (401)', 'Сессия в WAHA остановлена (STOPPED)'],
  ['en', 'WAHA refused the API key (401)', 'The session in WAHA is stopped (STOPPED)'],
] as const)('a workspace in %s finds its language beside its lines', async (language, wrongKey, stopped) => {
  await using rig = await createRig({ worker: false });
  await speak(rig, language);
  const waha = new FakeWaha();
  const { baseUrl } = await waha.start();
  const lineId = await rig.addLine('waha', 'whatsapp', { baseUrl, apiKey: 'wrong', session: 'default' });
  const line = await openLine(rig.context, rig.workspace.id, lineId);
  if (line === null) throw new Error('the line does not open');
  const tested = await testLine(rig.context, line);
  await waha.close();
  expect(tested).toMatchObject({ state: 'failed', detail: expect.stringContaining(wrongKey) });
  const kept = await readLine(rig.context.pool, rig.workspace.id, lineId);
  expect(kept?.stateDetail).toBe(tested.detail);
  const event = { session: 'default', event: 'session.status', payload: { status: 'STOPPED' } };
  const request = { headers: {}, rawBody: Buffer.from(JSON.stringify(event)) };
  expect(await receiveWebhook(rig.context, kept?.hookToken ?? '', request)).toBe('kept');
  expect(line.channel.parseWebhook?.(line.config, request, line.language)).toMatchObject({
    events: [{ state: 'offline', detail: expect.stringContaining(stopped) }],
  });
});
