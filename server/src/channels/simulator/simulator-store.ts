/** The receipts a phone can give: `ReceiptStatus` of channel.ts, which imports this file and cannot be imported here. */
export type SimulatedReceipt = 'accepted' | 'delivered' | 'read' | 'failed';

/** How a phone of the simulator behaves; all off is a healthy phone with WhatsApp. */
export interface SimulatorBehaviour {
  /** Null: by the rule of the simulator (a number ending in 0 has no WhatsApp). */
  whatsapp: boolean | null;
  /** The line answers that it is offline. */
  offline: boolean;
  /** Answer after this many milliseconds. */
  slowMs: number;
  /** The message arrives, the answer to the send does not. */
  loseAnswer: boolean;
  /** The receipt comes this many times. */
  receiptTimes: number;
  /** Delay of receipts, in milliseconds. */
  receiptDelayMs: number;
  /** The last receipt to come, or none at all. */
  lastReceipt: SimulatedReceipt | 'none';
}

export interface SimulatedMessage {
  messageId: string;
  lineId: string;
  medium: 'whatsapp' | 'sms';
  to: string;
  kind: 'text' | 'file';
  text: string | null;
  fileName: string | null;
  fileUrl: string | null;
}

/** What the simulator channel remembers. Kept in the database, so that all processes see one and the same phone. */
export interface SimulatorStore {
  behaviourOf(workspaceId: string, phone: string): Promise<SimulatorBehaviour>;
  /** Keeps the message; a repeat of the same messageId is kept as a second row, since a phone would show it twice. */
  receive(workspaceId: string, message: SimulatedMessage): Promise<{ providerId: string }>;
  /** Lets a receipt come to the line after a delay, by the same way as a webhook. */
  planReceipt(
    workspaceId: string,
    lineId: string,
    receipt: { providerId: string; status: SimulatedReceipt; delayMs: number },
  ): Promise<void>;
  find(workspaceId: string, messageId: string): Promise<{ providerId: string } | null>;
}
