import type pg from 'pg';
import type { SendOutcome } from '../channels/channel.ts';
import { patiently } from '../db/patiently.ts';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { statusesBefore, statusOfOutcome } from './status.ts';
import { wakeChain } from './wake-chain.ts';

/** A message that was in doubt and turns out not to have left is sent again only while its chain waits for it. */
const WRITE_OUTCOME = `
with one as (
  select m.status = 'uncertain' and not exists (
    select from chains c where c.workspace_id = m.workspace_id and c.id = m.chain_id and c.next_step = m.step_position
      and c.status in ('ready', 'running', 'waiting')) as unawaited
  from messages m where m.workspace_id = $1 and m.id = $2
), written as (
  update messages m
  set status = case when $4 = 'queued' and one.unawaited then 'failed' else $4 end,
      provider_id = coalesce($5, m.provider_id), reason = $6, error = $7, worker_id = null,
      accepted_at = case when $4 = 'accepted' then now() else m.accepted_at end,
      finished_at = case when $4 = 'refused' or ($4 = 'queued' and one.unawaited) then now() end,
      send_after = now() + $8 * interval '1 millisecond', look_up_at = now() + $9 * interval '1 millisecond'
  from one
  where m.workspace_id = $1 and m.id = $2 and m.attempt = $3 and m.status = any ($10)
  returning m.workspace_id, m.line_id, m.id, m.lead_id, m.chain_id
), parts as (
  insert into message_parts (workspace_id, line_id, provider_id, message_id, part)
  select w.workspace_id, w.line_id, p.provider_id, w.id, p.part
  from written w, unnest($11::text[]) with ordinality as p(provider_id, part)
  on conflict do nothing
), answered as (
  update leads l set unanswered_at = null from written w
  where $4 = 'accepted' and l.workspace_id = w.workspace_id and l.id = w.lead_id and l.unanswered_at is not null
)
select chain_id from written`;

/**
 * Writes what came of one attempt, for a message that is not sent by the worker of its chain, and tells its chain. Without effect
 * when the attempt is over already. `retryInMs` puts a message that did not leave off, `lookUpInMs` says when an uncertain one is
 * looked up. Patient with a database that is away: what came of a send must not be forgotten.
 */
export function writeOutcome(
  pool: pg.Pool,
  message: { workspaceId: string; id: string; attempt: number },
  outcome: SendOutcome,
  times: { retryInMs: number; lookUpInMs: number | null },
): Promise<void> {
  return patiently(() =>
    inTransaction(pool, async (tx) => {
      const written = await writeOutcomeIn(tx, message, outcome, times);
      if (written !== null && outcome.outcome !== 'not-sent') await wakeChain(tx, message.workspaceId, written.chainId);
    }),
  );
}

async function writeOutcomeIn(
  tx: Tx,
  message: { workspaceId: string; id: string; attempt: number },
  outcome: SendOutcome,
  times: { retryInMs: number; lookUpInMs: number | null },
): Promise<{ chainId: string | null } | null> {
  const status = statusOfOutcome(outcome.outcome);
  const parts = 'parts' in outcome && (outcome.parts?.length ?? 0) > 1 ? outcome.parts : [];
  const { rows } = await tx.query<{ chain_id: string | null }>(WRITE_OUTCOME, [
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
  ]);
  return rows[0] === undefined ? null : { chainId: rows[0].chain_id };
}
