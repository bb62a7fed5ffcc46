import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../src/db/transaction.ts';
import { receiveWebhook } from '../src/deliveries/receive-webhook.ts';
import { createField } from '../src/leads/fields.ts';
import { readLead } from '../src/leads/lead-store.ts';
import type { LeadId, StageId } from '../src/lib/id.ts';
import { onPausePoint } from '../src/lib/pause-point.ts';
import { readLine } from '../src/lines/line-store.ts';
import { recipes } from '../src/robots/recipes/recipes.ts';
import { moveLead } from '../src/stages/move-lead.ts';
import { readTimeline } from '../src/timeline/read-timeline.ts';
import { FakeSmsc } from './fakes/fake-smsc.ts';
import { FakeWaha, type FakeWahaSettings } from './fakes/fake-waha.ts';
import { createRig, type Rig } from './harness/rig.ts';

const WITH = '+79001234567';
const WITHOUT = '+79001234560';
const FILE = { url: 'https://example.com/price.pdf' };

/** A workspace over WAHA's protocol and SMPP, with the providers behind it. */
interface Stand extends AsyncDisposable {
  rig: Rig;
  waha: FakeWaha;
  smsc: FakeSmsc;
  whatsappLineId: string;
  smsLineId: string;
}

afterEach(() => {
  onPausePoint(null);
});

describe('the seed over WAHA and SMPP', () => {
  it('scenario 1: a number with WhatsApp gets the message and the file, one without gets the SMS', async () => {
    await using stand = await createStand();
    await installOneStage(stand);
    const [withWhatsapp, without] = [
      await stand.rig.addLead({ phone: WITH }),
      await stand.rig.addLead({ phone: WITHOUT }),
    ];
    await stand.rig.idle();
    expect(await outcomes(stand.rig, withWhatsapp)).toEqual(['check Y', 'message Y', 'file Y', 'sms skipped']);
    expect(await outcomes(stand.rig, without)).toEqual(['check N', 'message skipped', 'file skipped', 'sms Y']);
    expect(stand.waha.log.map((one) => [one.chatId, one.kind])).toEqual([
      ['79001234567@c.us', 'text'],
      ['79001234567@c.us', 'file'],
    ]);
    expect(stand.smsc.messages.map((one) => one.to)).toEqual(['79001234560']);
    expect(stand.smsc.messages[0]?.text).toContain('Мы получили вашу заявку');
    expect(stand.waha.unexpected).toEqual([]);
  });

  it('scenario 2: the check is made once, kept in the field «Номер существует?» and used on a later stage', async () => {
    await using stand = await createStand();
    await installSeveralStages(stand);
    const leads = [await stand.rig.addLead({ phone: WITH }), await stand.rig.addLead({ phone: WITHOUT })];
    await stand.rig.idle();
    expect(await fieldOf(stand.rig, leads[0] as LeadId)).toBe('Y');
    expect(await fieldOf(stand.rig, leads[1] as LeadId)).toBe('N');
    expect(stand.waha.log).toHaveLength(0);
    for (const lead of leads) expect(await move(stand.rig, lead, 2)).toBe('moved');
    await stand.rig.idle();
    expect(await outcomes(stand.rig, leads[0] as LeadId)).toEqual(['message Y', 'file Y', 'sms skipped']);
    expect(await outcomes(stand.rig, leads[1] as LeadId)).toEqual(['message skipped', 'file skipped', 'sms Y']);
    const checks = stand.waha.requests['check-exists'];
    expect(checks).toBe(2);
  });

  it('a receipt over the webhook and over SMPP raises the status and the result `delivered`', async () => {
    await using stand = await createStand({ acks: [2, 3], webhookTimes: 2, webhooksEarly: true });
    await installOneStage(stand);
    const [first, second] = [await stand.rig.addLead({ phone: WITH }), await stand.rig.addLead({ phone: WITHOUT })];
    await stand.rig.idle();
    await until(async () => {
      const statuses = [...(await stand.rig.messagesOf(first)), ...(await stand.rig.messagesOf(second))].map(
        (one) => one.status,
      );
      return JSON.stringify(statuses) === JSON.stringify(['read', 'read', 'delivered']);
    });
    const [run] = await stand.rig.runsOf(first);
    expect(run?.steps[1]?.results).toMatchObject({ sent: 'Y', delivered: 'Y' });
    const { rows } = await stand.rig.context.pool.query(
      'select provider_id, status, count(*)::int from receipts group by 1, 2 having count(*) > 1',
    );
    expect(rows).toEqual([]);
  });
});

describe('the edges', () => {
  it('a check that cannot be made is E: nothing is sent and the lead is «без ответа»', async () => {
    await using stand = await createStand({ faults: [{ route: 'check-exists', kind: 'error-before', times: 100 }] });
    await installOneStage(stand, 2);
    const lead = await stand.rig.addLead({ phone: WITH });
    await stand.rig.idle();
    expect(await outcomes(stand.rig, lead)).toEqual(['check E', 'message skipped', 'file skipped', 'sms skipped']);
    expect(await isUnanswered(stand.rig, lead)).toBe(true);
    expect([stand.waha.log.length, stand.smsc.messages.length]).toEqual([0, 0]);
  });

  it('a line that is off makes the step wait until its time-out, then E and no SMS', async () => {
    await using stand = await createStand({ sessionStatus: 'STOPPED' });
    await installOneStage(stand, 3);
    const lead = await stand.rig.addLead({ phone: WITH });
    await until(async () => (await stand.rig.runsOf(lead))[0]?.steps[0]?.status === 'waiting');
    const [waiting] = await stand.rig.runsOf(lead);
    expect(waiting?.steps[0]).toMatchObject({ status: 'waiting', waitReason: 'line' });
    expect(waiting?.steps[0]?.plannedAt).toBeInstanceOf(Date);
    await stand.rig.idle();
    expect(await outcomes(stand.rig, lead)).toEqual(['check E', 'message skipped', 'file skipped', 'sms skipped']);
    expect(stand.smsc.messages).toHaveLength(0);
  });

  it('a line that comes back within the time-out answers the lead', async () => {
    await using stand = await createStand({ sessionStatus: 'STOPPED' });
    await installOneStage(stand, 30);
    const lead = await stand.rig.addLead({ phone: WITH });
    await until(async () => (await stand.rig.runsOf(lead))[0]?.steps[0]?.status === 'waiting');
    stand.waha.change({ sessionStatus: 'WORKING' });
    await stand.rig.idle();
    expect(await outcomes(stand.rig, lead)).toEqual(['check Y', 'message Y', 'file Y', 'sms skipped']);
  });

  it('a lead that leaves before the check answered: steps cancelled, the late answer teaches reachability only', async () => {
    await using stand = await createStand({ latencyMs: 400 });
    await installSeveralStages(stand);
    const lead = await stand.rig.addLead({ phone: WITH });
    await until(async () => stand.waha.requests['check-exists'] === 1);
    expect(await move(stand.rig, lead, 2)).toBe('moved');
    await stand.rig.idle();
    await setTimeout(600);
    const runs = await stand.rig.runsOf(lead);
    expect(runs[1]?.steps.map((step) => step.status)).toEqual(['cancelled', 'cancelled']);
    expect(runs[1]?.status).toBe('cancelled');
    expect(await fieldOf(stand.rig, lead)).toBe(null);
    const { rows } = await stand.rig.context.pool.query('select phone, medium, verdict, source from reachabilities');
    expect(rows).toEqual([{ phone: WITH, medium: 'whatsapp', verdict: 'yes', source: 'check' }]);
    expect(runs[0]?.steps.map((step) => step.status)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(await isUnanswered(stand.rig, lead)).toBe(true);
    const timeline = await readTimeline(stand.rig.context.pool, stand.rig.workspace.id, lead, { limit: 50 });
    expect(timeline.map((entry) => entry.kind)).toContain('robots.cancelled');
  });

  it('leaving before the intent: the message is not sent', async () => {
    await using stand = await createStand();
    await installOneStage(stand);
    const gate = holdAt('before-intent');
    const lead = await stand.rig.addLead({ phone: WITH });
    await gate.reached;
    expect(await move(stand.rig, lead, 1)).toBe('moved');
    gate.open();
    await stand.rig.idle();
    await setTimeout(200);
    const [run] = await stand.rig.runsOf(lead);
    expect(run?.steps.map((step) => step.status)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    expect(stand.waha.log).toHaveLength(0);
    expect(await stand.rig.messagesOf(lead)).toEqual([]);
  });

  it('leaving after the intent: the message goes its way, its robot ends with the outcome, the rest is cancelled', async () => {
    await using stand = await createStand();
    await installOneStage(stand);
    const gate = holdAt('after-intent');
    const lead = await stand.rig.addLead({ phone: WITH });
    await gate.reached;
    expect(await move(stand.rig, lead, 1)).toBe('moved');
    gate.open();
    await until(async () => (await stand.rig.messagesOf(lead))[0]?.status === 'accepted');
    const [run] = await stand.rig.runsOf(lead);
    expect(run?.steps.map((step) => [step.ref, step.status, step.results['sent'] ?? null])).toEqual([
      ['check', 'done', null],
      ['message', 'done', 'Y'],
      ['file', 'cancelled', null],
      ['sms', 'cancelled', null],
    ]);
    expect(stand.waha.log.map((one) => one.kind)).toEqual(['text']);
  });

  it('an intent that meets a move under way waits for it and then does not send', async () => {
    await using stand = await createStand();
    await installOneStage(stand);
    const before = holdAt('before-intent');
    const lead = await stand.rig.addLead({ phone: WITH });
    await before.reached;
    const locked = holdAt('after-leave-lock');
    const moving = move(stand.rig, lead, 1);
    await locked.reached;
    before.open();
    await setTimeout(300);
    expect(stand.waha.log).toHaveLength(0);
    locked.open();
    expect(await moving).toBe('moved');
    await stand.rig.idle();
    await setTimeout(200);
    expect(stand.waha.log).toHaveLength(0);
  });

  it('a send whose fate stays unknown ends as U after the time-out and waits for a person', async () => {
    await using stand = await createStand();
    await installOneStage(stand, 2);
    stand.waha.fail('send-file', 'drop-before', 1);
    const lead = await stand.rig.addLead({ phone: WITH });
    await stand.rig.idle();
    expect(await outcomes(stand.rig, lead)).toEqual(['check Y', 'message Y', 'file U', 'sms skipped']);
    const messages = await stand.rig.messagesOf(lead);
    expect(messages.map((one) => one.status)).toEqual(['accepted', 'uncertain']);
    expect(stand.waha.log.map((one) => one.kind)).toEqual(['text']);
  });

  it('a file whose answer was lost is found again by a look-up and not sent twice', async () => {
    await using stand = await createStand();
    await installOneStage(stand, 60);
    stand.waha.fail('send-file', 'drop-after', 1);
    const lead = await stand.rig.addLead({ phone: WITH });
    await stand.rig.idle(30_000);
    expect(await outcomes(stand.rig, lead)).toEqual(['check Y', 'message Y', 'file Y', 'sms skipped']);
    expect(stand.waha.log.map((one) => one.kind)).toEqual(['text', 'file']);
  }, 40_000);
});

async function createStand(waha: Partial<FakeWahaSettings> = {}): Promise<Stand> {
  const rig = await createRig();
  const fakeWaha = new FakeWaha(waha);
  const smsc = new FakeSmsc();
  const hooks = createServer();
  const hookPort = await new Promise<number>((resolve) => {
    hooks.listen(0, '127.0.0.1', () => resolve((hooks.address() as AddressInfo).port));
  });
  const { baseUrl } = await fakeWaha.start();
  const { host, port } = await smsc.start();
  const webhookSecret = 'hook-secret';
  const whatsappLineId = await rig.addLine('waha', 'whatsapp', {
    baseUrl,
    apiKey: 'waha-key',
    session: 'default',
    webhookSecret,
  });
  const smsLineId = await rig.addLine('smpp', 'sms', { host, port, systemId: 'otklik', password: 'secret' });
  const line = await readLine(rig.context.pool, rig.workspace.id, whatsappLineId);
  fakeWaha.change({ webhookUrl: `http://127.0.0.1:${hookPort}/`, webhookSecret });
  hooks.on('request', async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const kept = await receiveWebhook(rig.context, line?.hookToken ?? '', { headers, rawBody: Buffer.concat(chunks) });
    response.writeHead(kept === 'kept' ? 200 : 401).end();
  });
  return {
    rig,
    waha: fakeWaha,
    smsc,
    whatsappLineId,
    smsLineId,
    async [Symbol.asyncDispose]() {
      await fakeWaha.close();
      hooks.closeAllConnections();
      hooks.close();
      await rig[Symbol.asyncDispose]();
      await smsc.close();
    },
  };
}

function withTimeout(robots: readonly { settings: Record<string, unknown> }[], timeoutSeconds?: number): unknown[] {
  return robots.map((robot) =>
    timeoutSeconds === undefined || !('timeoutSeconds' in robot.settings)
      ? robot
      : { ...robot, settings: { ...robot.settings, timeoutSeconds } },
  );
}

async function installOneStage(stand: Stand, timeoutSeconds?: number): Promise<void> {
  const choices = {
    language: 'ru' as const,
    whatsappLineId: stand.whatsappLineId,
    smsLineId: stand.smsLineId,
    file: FILE,
  };
  await stand.rig.setRobots(
    0,
    withTimeout(recipes.get('one-stage')?.robotsFor('first', choices) ?? [], timeoutSeconds),
  );
}

async function installSeveralStages(stand: Stand): Promise<void> {
  const { rig } = stand;
  await inTransaction(rig.context.pool, (tx) =>
    createField(tx, rig.workspace.id, {
      code: 'number_exists',
      name: 'Номер существует?',
      type: 'string',
      options: [],
      onCard: true,
    }),
  );
  const choices = {
    language: 'ru' as const,
    whatsappLineId: stand.whatsappLineId,
    smsLineId: stand.smsLineId,
    file: FILE,
  };
  const recipe = recipes.get('several-stages');
  await rig.setRobots(0, recipe?.robotsFor('first', choices) ?? []);
  await rig.setRobots(2, recipe?.robotsFor('sender', choices) ?? []);
}

function move(rig: Rig, leadId: LeadId, stage: number) {
  return moveLead(rig.context.pool, {
    workspaceId: rig.workspace.id,
    leadId,
    stageId: rig.stages[stage]?.id as StageId,
    cause: 'move',
  });
}

async function outcomes(rig: Rig, leadId: LeadId): Promise<string[]> {
  const [run] = await rig.runsOf(leadId);
  return (run?.steps ?? []).map(
    (step) => `${step.ref} ${step.results['exists'] ?? step.results['sent'] ?? step.status}`,
  );
}

async function isUnanswered(rig: Rig, leadId: LeadId): Promise<boolean> {
  return (await readLead(rig.context.pool, rig.workspace.id, leadId))?.unansweredAt !== null;
}

async function fieldOf(rig: Rig, leadId: LeadId): Promise<unknown> {
  return (await readLead(rig.context.pool, rig.workspace.id, leadId))?.fields['number_exists'] ?? null;
}

/** Holds the product at a named point, the first time it comes there. */
function holdAt(wanted: string): { reached: Promise<void>; open: () => void } {
  let tellReached: () => void = () => undefined;
  let open: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    tellReached = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let isHeld = false;
  onPausePoint(async (point) => {
    if (point !== wanted || isHeld) return;
    isHeld = true;
    tellReached();
    await opened;
  });
  return { reached, open };
}

async function until(holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Did not come true: ${holds}`);
    await setTimeout(20);
  }
}
