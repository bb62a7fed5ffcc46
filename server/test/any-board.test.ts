import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inTransaction } from '../src/db/transaction.ts';
import { createField } from '../src/leads/fields.ts';
import type { LeadId, StageId } from '../src/lib/id.ts';
import { HEALTHY, setBehaviour } from '../src/lines/simulator-database.ts';
import { chainsOf } from '../src/robots/chains.ts';
import type { Robot } from '../src/robots/robot.ts';
import { moveLead } from '../src/stages/move-lead.ts';
import { createRig, type Rig } from './harness/rig.ts';

const STAGES = 3;
const LEADS = 4;
const ENDED = ['done', 'skipped', 'failed', 'cancelled'];
const PHONE = { pick: 'first' };

/** A robot as drawn; what it refers to is put in when the list is made, so that every list passes validation. */
interface DrawnRobot {
  kind: 'check' | 'message' | 'sms' | 'update' | 'move';
  after: 'parallel' | 'previous';
  enabled: boolean;
  delaySeconds: number;
  condition: 'none' | 'field' | 'name';
  to: string;
  stage: number;
}

const drawnRobot: fc.Arbitrary<DrawnRobot> = fc.record({
  kind: fc.constantFrom('check', 'message', 'sms', 'update', 'check', 'message', 'sms', 'update', 'move'),
  after: fc.constantFrom('parallel', 'previous', 'previous'),
  enabled: fc.constantFrom(true, true, true, false),
  delaySeconds: fc.constantFrom(0, 0, 0, 1),
  condition: fc.constantFrom('none', 'none', 'field', 'name'),
  to: fc.constantFrom('Y', 'N', 'E', 'Иван'),
  stage: fc.nat(STAGES - 1),
});

const board = fc.record({
  stages: fc.array(fc.array(drawnRobot, { maxLength: 5 }), { minLength: STAGES, maxLength: STAGES }),
  behaviours: fc.array(
    fc.record({
      whatsapp: fc.constantFrom(true, false, null),
      offline: fc.boolean(),
      loseAnswer: fc.boolean(),
      receiptTimes: fc.nat(2),
    }),
    { minLength: LEADS, maxLength: LEADS },
  ),
  moves: fc.array(fc.record({ lead: fc.nat(LEADS - 1), stage: fc.nat(STAGES - 1), waitMs: fc.nat(60) }), {
    maxLength: 8,
  }),
});

it('any board of robots, delays, moves and results ends with each robot done, skipped, failed or cancelled exactly once', async () => {
  await using rig = await createRig();
  const lines = { whatsapp: await rig.addLine('simulator', 'whatsapp'), sms: await rig.addLine('simulator', 'sms') };
  await inTransaction(rig.context.pool, (tx) =>
    createField(tx, rig.workspace.id, { code: 'mark', name: 'Метка', type: 'string', options: [], onCard: false }),
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(board, async (drawn) => {
      round += 1;
      for (const [index, robots] of drawn.stages.entries())
        await rig.setRobots(index, toRobots(rig, robots, index, lines));
      const leads: LeadId[] = [];
      for (const [index, behaviour] of drawn.behaviours.entries()) {
        const phone = `+7900${String(round * 10 + index).padStart(6, '0')}1`;
        await setBehaviour(rig.context.pool, rig.workspace.id, phone, { ...HEALTHY, ...behaviour, receiptDelayMs: 0 });
        leads.push(await rig.addLead({ phone }));
      }
      for (const move of drawn.moves) {
        await setTimeout(move.waitMs);
        await moveLead(rig.context.pool, {
          workspaceId: rig.workspace.id,
          leadId: leads[move.lead] as LeadId,
          stageId: rig.stages[move.stage]?.id as StageId,
          cause: 'move',
        });
      }
      await rig.idle(60_000);
      for (const lead of leads) await expectLegalEnd(rig, lead);
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 240_000);

function toRobots(
  rig: Rig,
  drawn: readonly DrawnRobot[],
  stage: number,
  lines: { whatsapp: string; sms: string },
): unknown[] {
  return drawn.map((robot, index) => ({
    ref: `r${index}`,
    kind: {
      check: 'whatsapp.check',
      message: 'whatsapp.message',
      sms: 'sms.message',
      update: 'lead.update',
      move: 'lead.move',
    }[robot.kind],
    enabled: robot.enabled,
    after: robot.after,
    delaySeconds: robot.delaySeconds,
    condition:
      robot.condition === 'none'
        ? null
        : { all: [{ value: robot.condition === 'field' ? 'field.mark' : 'lead.name', op: 'equals', to: robot.to }] },
    settings: {
      check: { phone: PHONE, timeoutSeconds: 1 },
      message: { lineId: lines.whatsapp, phone: PHONE, text: 'Здравствуйте, {{ lead.name }}', timeoutSeconds: 1 },
      sms: { lineId: lines.sms, phone: PHONE, text: 'Здравствуйте', timeoutSeconds: 1 },
      update: { changes: [{ field: 'field.mark', value: robot.to }] },
      move: { stageId: rig.stages[robot.stage === stage ? (stage + 1) % STAGES : robot.stage]?.id },
    }[robot.kind],
  }));
}

async function expectLegalEnd(rig: Rig, leadId: LeadId): Promise<void> {
  const { pool } = rig.context;
  const runs = await pool.query<{ id: string; status: string; open_chains: number; robots: Robot[]; left: boolean }>(
    `select r.id, r.status, r.open_chains, l.robots, v.left_at is not null as left from runs r
     join robot_lists l on l.workspace_id = r.workspace_id and l.stage_id = r.stage_id and l.version = r.robots_version
     join visits v on v.workspace_id = r.workspace_id and v.id = r.visit_id where r.lead_id = $1`,
    [leadId],
  );
  for (const run of runs.rows) {
    const steps = await pool.query<{ ref: string; status: string }>('select ref, status from steps where run_id = $1', [
      run.id,
    ]);
    const wanted = chainsOf(run.robots)
      .flat()
      .map((index) => run.robots[index]?.ref);
    expect(steps.rows.map((step) => step.ref).sort()).toEqual(wanted.sort());
    for (const step of steps.rows) expect(ENDED).toContain(step.status);
    expect(['finished', 'cancelled']).toContain(run.status);
    if (run.status === 'finished') expect(run.open_chains).toBe(0);
    if (!run.left) expect(run.status).toBe('finished');
  }
  const open = await pool.query(
    `select count(*)::int as n from messages where lead_id = $1 and status in ('queued', 'sending')`,
    [leadId],
  );
  expect(open.rows[0]).toEqual({ n: 0 });
  const visits = await pool.query('select count(*)::int as n from visits where lead_id = $1 and left_at is null', [
    leadId,
  ]);
  expect(visits.rows[0]).toEqual({ n: 1 });
}
