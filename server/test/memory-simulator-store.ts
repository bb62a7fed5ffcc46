import type {
  SimulatedMessage,
  SimulatorBehaviour,
  SimulatorStore,
} from '../src/channels/simulator/simulator-store.ts';

export interface PlannedReceipt {
  lineId: string;
  providerId: string;
  status: string;
  delayMs: number;
}

/** The simulator's memory without a database, for tests of one process. */
export class MemorySimulatorStore implements SimulatorStore {
  readonly received: (SimulatedMessage & { providerId: string })[] = [];
  readonly receipts: PlannedReceipt[] = [];
  private readonly behaviours = new Map<string, SimulatorBehaviour>();

  /** Tells a phone how to behave; what is not named stays healthy. */
  behave(phone: string, behaviour: Partial<SimulatorBehaviour>): void {
    this.behaviours.set(phone, { ...healthy, ...behaviour });
  }

  async behaviourOf(_workspaceId: string, phone: string): Promise<SimulatorBehaviour> {
    return this.behaviours.get(phone) ?? healthy;
  }

  async receive(_workspaceId: string, message: SimulatedMessage): Promise<{ providerId: string }> {
    const providerId = `sim_${this.received.length + 1}`;
    this.received.push({ ...message, providerId });
    return { providerId };
  }

  async planReceipt(_workspaceId: string, lineId: string, receipt: Omit<PlannedReceipt, 'lineId'>): Promise<void> {
    this.receipts.push({ lineId, ...receipt });
  }

  async find(_workspaceId: string, messageId: string): Promise<{ providerId: string } | null> {
    const found = this.received.find((message) => message.messageId === messageId);
    return found ? { providerId: found.providerId } : null;
  }
}

const healthy: SimulatorBehaviour = {
  whatsapp: null,
  offline: false,
  slowMs: 0,
  loseAnswer: false,
  receiptTimes: 1,
  receiptDelayMs: 0,
  lastReceipt: 'delivered',
};
