import type { LineHealth } from '../channels/channel.ts';
import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';

/** Keeps what is known of a line's state; writes only when it changed, and says whether it did. */
export async function setLineState(
  db: Db,
  workspaceId: WorkspaceId,
  lineId: string,
  health: LineHealth,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update lines set state = $3, state_detail = $4, state_at = now()
     where workspace_id = $1 and id = $2 and (state, state_detail) is distinct from ($3, $4)`,
    [workspaceId, lineId, health.state, health.detail?.slice(0, 1000) ?? null],
  );
  return rowCount === 1;
}
