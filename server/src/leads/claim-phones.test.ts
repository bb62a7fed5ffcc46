import { expect, it } from 'vitest';
import { createRig } from '../../test/harness/rig.ts';
import { inTransaction } from '../db/transaction.ts';
import type { NewLead } from './lead.ts';

it('posts of one phone at the same moment, and one after an import that greeted it, make one lead', async () => {
  await using rig = await createRig({ worker: false });
  const together = await Promise.all(Array.from({ length: 20 }, () => rig.addLead({ phone: '+79001112233' })));
  expect(new Set(together).size).toBe(1);
  const lead: NewLead = {
    workspaceId: rig.workspace.id,
    title: null,
    name: 'Иван',
    email: null,
    source: null,
    responsibleId: null,
    phones: [{ value: '+79004445566', type: 'WORK' }],
    stageId: null,
    fields: {},
  };
  const [imported] = await inTransaction(rig.context.pool, (tx) =>
    rig.receiver.receiveIn(tx, [lead], { startRobots: true, ignoreWindow: true, cause: 'import' }),
  );
  expect(await rig.addLead({ phone: '+79004445566' })).toBe(imported?.leadId);
});

it('a phone comes back as a new lead when the window of the workspace has passed', async () => {
  await using rig = await createRig({ worker: false });
  const first = await rig.addLead({ phone: '+79001112233' });
  await rig.context.pool.query(`update phone_claims set claimed_at = now() - interval '11 minutes'`);
  const second = await rig.addLead({ phone: '+79001112233' });
  expect(second).not.toBe(first);
  expect(await rig.addLead({ phone: '+79001112233' })).toBe(second);
});

it('a lead that brings a new number besides a known one belongs to the known lead with both', async () => {
  await using rig = await createRig({ worker: false });
  const first = await rig.addLead({ phone: '+79001112233' });
  const both = [
    { value: '+79007778899', type: 'MOBILE' as const },
    { value: '+79001112233', type: 'WORK' as const },
  ];
  expect(await rig.addLead({ phones: both })).toBe(first);
  expect(await rig.addLead({ phone: '+79007778899' })).toBe(first);
});
