import type { OpenLine } from '../lines/open-line.ts';
import type { ChainWalk } from './chain-walk.ts';

/**
 * Takes the next free moment of the line's pace, shared by all workers, and answers how long to wait for it. A step that has
 * waited for its slot owns it and goes at once. Only the first recipient's slot is kept over a wait.
 */
export async function takePaceSlot(walk: ChainWalk, line: OpenLine, recipient: number): Promise<number> {
  if (line.paceIntervalMs === 0) return 0;
  const waited = walk.step?.waitReason === 'pace' && walk.chain.messages.length <= recipient;
  if (waited) return 0;
  const { rows } = await walk.engine.context.pool.query<{ wait_ms: string }>(
    `update lines
     set next_slot_at = greatest(next_slot_at, now()) + pace_interval_ms * interval '1 millisecond'
     where workspace_id = $1 and id = $2
     returning extract(epoch from next_slot_at - pace_interval_ms * interval '1 millisecond' - now()) * 1000 as wait_ms`,
    [line.workspaceId, line.id],
  );
  return Math.max(0, Math.ceil(Number(rows[0]?.wait_ms ?? 0)));
}
