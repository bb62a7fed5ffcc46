import type { Context } from './context.ts';
import { analyzeNewTables } from './db/analyze-new-tables.ts';
import { deleteOldRows } from './deliveries/delete-old-rows.ts';
import { processWebhook } from './deliveries/receive-webhook.ts';
import { recordEvent } from './deliveries/record-event.ts';
import { matchReceipts } from './deliveries/record-receipt.ts';
import { deliverSimulatorReceipt, type SimulatorReceipt } from './deliveries/simulator-receipt.ts';
import type { WorkspaceId } from './lib/id.ts';
import { type ChainWorker, startWorker } from './runs/worker.ts';
import { moveLead } from './stages/move-lead.ts';

const HOUR_MS = 3_600_000;

/**
 * Starts what answers leads in this process: the worker, with the rooms that stand after `runs` wired to it. `cutPool` drops the
 * connections of the context's pool, for when the way to the database turns out to be broken.
 */
export function startAnswering(
  context: Context,
  connectionString: string,
  cutPool: () => void = () => undefined,
): Promise<ChainWorker> {
  const { pool } = context;
  return startWorker({
    context,
    connectionString,
    cutPool,
    effects: { moveLead: (move) => moveLead(pool, move) },
    onEvent: (line, event) => recordEvent(context, line, event),
    tasks: {
      webhook: ({ workspaceId, webhookId }: { workspaceId: WorkspaceId; webhookId: string }) =>
        processWebhook(context, workspaceId, webhookId),
      simulator_receipt: (receipt: SimulatorReceipt) => deliverSimulatorReceipt(context, receipt),
    },
    rounds: [
      { name: 'analyze new tables', everyMs: 1_000, tick: () => analyzeNewTables(pool) },
      { name: 'match receipts', everyMs: 1_000, tick: () => matchReceipts(pool) },
      { name: 'delete old rows', everyMs: HOUR_MS, tick: () => deleteOldRows(pool) },
    ],
  });
}
