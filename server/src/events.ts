import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import { metrics } from './metrics.ts';

/** What happens in the product, one function an event: counted for `/metrics`, and logged where an operator should know. */

const leadsReceived = counter('otklik_leads_received_total', 'Leads taken in one by one, by outcome', ['outcome']);
const sends = counter('otklik_sends_total', 'Attempts to send, by medium and outcome', ['medium', 'outcome']);
const receipts = counter('otklik_receipts_total', 'Receipts of providers, by status', ['status']);
const takeovers = counter('otklik_takeovers_total', 'Workers whose work was taken over', []);
const leasesLost = counter('otklik_leases_lost_total', 'Leases that this process lost', []);

export function leadReceived(outcome: 'created' | 'updated'): void {
  leadsReceived.inc({ outcome });
}

export function messageAttempted(medium: string, outcome: string): void {
  sends.inc({ medium, outcome });
}

export function receiptRecorded(status: string): void {
  receipts.inc({ status });
}

/** Somebody's process died or stalled: worth a look, though nothing is lost by it. */
export function workTakenOver(logger: Logger, taken: { workerId: string; chains: number; uncertain: number }): void {
  takeovers.inc();
  logger.warn(taken, 'Took over the work of a worker that is gone');
}

export function leaseLost(logger: Logger, lease: { workerId: string; reason: string }): void {
  leasesLost.inc();
  logger.warn(lease, 'The worker lost its lease and stopped sending');
}

function counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
  return new Counter({ name, help, labelNames, registers: [metrics] });
}
