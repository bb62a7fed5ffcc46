import { describe, expect, it } from 'vitest';
import { recipes } from '../src/robots/recipes/recipes.ts';
import { createRig } from './harness/rig.ts';

describe('the path of a lead on the simulator', () => {
  it('a number with WhatsApp gets the message and the file, no SMS', async () => {
    await using rig = await createRig();
    const whatsappLineId = await rig.addLine('simulator', 'whatsapp');
    const smsLineId = await rig.addLine('simulator', 'sms');
    const robots = recipes.get('one-stage')?.robotsFor('first', {
      language: 'ru',
      whatsappLineId,
      smsLineId,
      file: { url: 'https://example.com/price.pdf' },
    });
    await rig.setRobots(0, robots ?? []);
    const leadId = await rig.addLead({ phone: '+79001234567' });
    await rig.idle();
    const [run] = await rig.runsOf(leadId);
    expect(
      run?.steps.map((step) => [step.ref, step.status, step.results['sent'] ?? step.results['exists'] ?? null]),
    ).toMatchInlineSnapshot(`
      [
        [
          "check",
          "done",
          "Y",
        ],
        [
          "message",
          "done",
          "Y",
        ],
        [
          "file",
          "done",
          "Y",
        ],
        [
          "sms",
          "skipped",
          null,
        ],
      ]
    `);
    expect(
      (await rig.messagesOf(leadId)).map((message) => [message.medium, message.kind, message.status]),
    ).toMatchInlineSnapshot(`
      [
        [
          "whatsapp",
          "text",
          "accepted",
        ],
        [
          "whatsapp",
          "file",
          "accepted",
        ],
      ]
    `);
  });
});
