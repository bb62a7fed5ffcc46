import { inTransaction } from '../db/transaction.ts';
import { writeChanges } from '../leads/write-changes.ts';
import type { Action } from '../robots/kind.ts';
import type { Robot } from '../robots/robot.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import type { ChainWalk, Progress } from './chain-walk.ts';
import { ownsChain } from './owns-chain.ts';

/**
 * «Изменить элемент». The change is written in a transaction of its own that first checks that the chain is still this worker's;
 * doing it twice leaves the same values.
 */
export async function performUpdate(
  walk: ChainWalk,
  robot: Robot,
  action: Extract<Action, { do: 'update' }>,
): Promise<Progress> {
  const { chain, engine } = walk;
  const { workspaceId, leadId } = chain;
  if ((await walk.keepFacts()) === 'lost') return 'let-go';
  const outcome = await inTransaction(engine.context.pool, async (tx) => {
    if (!(await ownsChain(tx, chain))) return 'lost' as const;
    const written = await writeChanges(tx, workspaceId, leadId, action.changes);
    if (written.ok && written.value.changes.length > 0) {
      await addToTimeline(tx, workspaceId, [
        { leadId, kind: 'lead.updated', data: { changes: written.value.changes, ref: robot.ref } },
      ]);
    }
    return written;
  });
  if (outcome === 'lost') {
    // What a check before this one found is true all the same.
    await walk.flush('running', null);
    return 'let-go';
  }
  if (!outcome.ok) {
    walk.endStep(robot, { status: 'failed', results: {}, error: outcome.error });
    return 'ended';
  }
  const { lead } = outcome.value;
  chain.view.fields = lead.fields;
  Object.assign(chain.view.lead, { title: lead.title, name: lead.name, email: lead.email, source: lead.source });
  chain.view.phones = lead.phones;
  walk.endStep(robot, { status: 'done', results: {}, error: null });
  return 'ended';
}
