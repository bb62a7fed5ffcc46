import { randomUUID } from 'node:crypto';
import type { ReceiptStatus } from '../channels/channel.ts';
import type { Context } from '../context.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { openLine } from '../lines/open-line.ts';
import { recordEvent } from './record-event.ts';

export interface SimulatorReceipt {
  workspaceId: WorkspaceId;
  lineId: string;
  providerId: string;
  status: ReceiptStatus;
}

/** The job of a receipt that the simulator planned: it comes in like any provider's. */
export async function deliverSimulatorReceipt(context: Context, receipt: SimulatorReceipt): Promise<void> {
  const line = await openLine(context, receipt.workspaceId, receipt.lineId);
  if (line === null) return;
  await recordEvent(context, line, {
    type: 'receipt',
    eventKey: randomUUID(),
    providerId: receipt.providerId,
    status: receipt.status,
    occurredAt: new Date(),
  });
}
