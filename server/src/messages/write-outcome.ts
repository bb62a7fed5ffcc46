import type { SendOutcome } from '../channels/channel.ts';
import type { Db } from '../db/pool.ts';
import { statusesBefore, statusOfOutcome } from './status.ts';

const WRITE_OUTCOME = `
with written as (
  update messages m
  set status = $4, provider_id = coalesce($5, m.provider_id), reason = $6, error = $7, worker_id = null,
      accepted_at = case when $4 = 'accepted' then now() else m.accepted_at end,
      finished_at = case when $4 = 'refused' then now() end,
      send_after = now() + $8 * interval '1 millisecond', look_up_at = now() + $9 * interval '1 millisecond'
  where m.workspace_id = $1 and m.id = $2 and m.attempt = $3 and m.status = any ($10)
  returning m.workspace_id, m.line_id, m.id, m.lead_id, m.chain_id, m.step_position
), parts as (
  insert into message_parts (workspace_id, line_id, provider_id, message_id, part)
  select w.workspace_id, w.line_id, p.provider_id, w.id, p.part
  from written w, unnest($11::text[]) with ordinality as p(provider_id, part)
  on conflict do nothing
), answered as (
  update leads l set unanswered_at = null from written w
  where $4 = 'accepted' and l.workspace_id = w.workspace_id and l.id = w.lead_id and l.unanswered_at is not null
)
select workspace_id, chain_id, step_position from written`;

export interface WrittenOutcome {
  workspaceId: string;
  chainId: string | null;
  stepPosition: number | null;
}

/**
 * Writes what came of one attempt, for a message that is not sent by the worker of its chain. Null when the attempt is over
 * already. `retryInMs` puts a message that did not leave off, `lookUpInMs` says when an uncertain one is looked up.
 */
export async function writeOutcome(
  db: Db,
  message: { workspaceId: string; id: string; attempt: number },
  outcome: SendOutcome,
  times: { retryInMs: number; lookUpInMs: number | null },
): Promise<WrittenOutcome | null> {
  const status = statusOfOutcome(outcome.outcome);
  const parts = 'parts' in outcome && (outcome.parts?.length ?? 0) > 1 ? outcome.parts : [];
  const { rows } = await db.query<{ workspace_id: string; chain_id: string | null; step_position: number | null }>(
    WRITE_OUTCOME,
    [
      message.workspaceId,
      message.id,
      message.attempt,
      status,
      outcome.outcome === 'accepted' ? outcome.providerId : null,
      outcome.outcome === 'refused' ? outcome.reason : null,
      outcome.outcome === 'accepted' ? null : outcome.error,
      outcome.outcome === 'not-sent' ? times.retryInMs : null,
      outcome.outcome === 'uncertain' ? times.lookUpInMs : null,
      statusesBefore(status),
      parts,
    ],
  );
  const row = rows[0];
  return row === undefined
    ? null
    : { workspaceId: row.workspace_id, chainId: row.chain_id, stepPosition: row.step_position };
}
