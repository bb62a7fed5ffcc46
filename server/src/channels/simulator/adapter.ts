import { setTimeout as wait } from 'node:timers/promises';
import type {
  Channel,
  ChannelContext,
  CheckOutcome,
  FileToSend,
  LineHealth,
  LookUpOutcome,
  LookUpRequest,
  SendOutcome,
  TextToSend,
} from '../channel.ts';
import { simulatorError } from './errors.ts';
import { SimulatorConfig } from './schema.ts';
import type { SimulatedMessage, SimulatedReceipt, SimulatorBehaviour } from './simulator-store.ts';

/** WhatsApp and SMS without any provider: messages land on a phone screen of the web app. See README.md beside this file. */
export const simulator: Channel<SimulatorConfig> = {
  describe: {
    id: 'simulator',
    mediums: ['whatsapp', 'sms'],
    name: { ru: 'Симулятор', en: 'Simulator' },
    abilities: {
      check: true,
      text: true,
      file: true,
      fileBytes: true,
      caption: true,
      lookUp: true,
      receipts: true,
      inbound: false,
      connection: false,
    },
    form: [],
  },
  config: SimulatorConfig,
  secretNames: [],
  check,
  sendText,
  sendFile,
  lookUp,
  health,
};

async function check(_config: SimulatorConfig, context: ChannelContext, phone: string): Promise<CheckOutcome> {
  if (context.medium !== 'whatsapp')
    return { outcome: 'error', retry: false, error: simulatorError('not-whatsapp', context.language) };
  const behaviour = await behaviourOf(context, phone);
  if (behaviour.offline) return { outcome: 'error', retry: true, error: simulatorError('offline', context.language) };
  return hasWhatsapp(behaviour, phone) ? { outcome: 'yes' } : { outcome: 'no' };
}

function sendText(_config: SimulatorConfig, context: ChannelContext, message: TextToSend): Promise<SendOutcome> {
  return send(context, {
    ...addressed(context, message),
    kind: 'text',
    text: message.text,
    fileName: null,
    fileUrl: null,
  });
}

function sendFile(_config: SimulatorConfig, context: ChannelContext, file: FileToSend): Promise<SendOutcome> {
  const fileUrl = 'url' in file.source ? file.source.url : null;
  return send(context, {
    ...addressed(context, file),
    kind: 'file',
    text: file.caption,
    fileName: file.fileName,
    fileUrl,
  });
}

async function lookUp(
  _config: SimulatorConfig,
  context: ChannelContext,
  request: LookUpRequest,
): Promise<LookUpOutcome> {
  const behaviour = await context.simulator.behaviourOf(context.workspaceId, request.to);
  if (behaviour.offline) return { outcome: 'unknown', error: simulatorError('offline', context.language) };
  const found = await context.simulator.find(context.workspaceId, request.messageId);
  return found ? { outcome: 'found', providerId: found.providerId, status: 'accepted' } : { outcome: 'not-found' };
}

async function health(): Promise<LineHealth> {
  return { state: 'working', detail: null };
}

function addressed(context: ChannelContext, message: { messageId: string; to: string }) {
  return { messageId: message.messageId, lineId: context.lineId, medium: context.medium, to: message.to };
}

async function send(context: ChannelContext, message: SimulatedMessage): Promise<SendOutcome> {
  const { language } = context;
  const behaviour = await behaviourOf(context, message.to);
  if (behaviour.offline) return { outcome: 'not-sent', error: simulatorError('offline', language) };
  if (context.medium === 'whatsapp' && !hasWhatsapp(behaviour, message.to)) {
    return { outcome: 'refused', reason: 'no-whatsapp', error: simulatorError('no-whatsapp', language) };
  }
  if (context.signal.aborted || !context.maySend())
    return { outcome: 'not-sent', error: simulatorError('not-allowed', language) };
  const { providerId } = await context.simulator.receive(context.workspaceId, message);
  await planReceipts(context, behaviour, providerId);
  return behaviour.loseAnswer
    ? { outcome: 'uncertain', error: simulatorError('answer-lost', language) }
    : { outcome: 'accepted', providerId };
}

/** The receipts a phone gives, up to the last one it was told to give. */
const receiptsUpTo: Record<SimulatedReceipt | 'none', readonly SimulatedReceipt[]> = {
  none: [],
  accepted: ['accepted'],
  delivered: ['delivered'],
  read: ['delivered', 'read'],
  failed: ['failed'],
};

async function planReceipts(context: ChannelContext, behaviour: SimulatorBehaviour, providerId: string): Promise<void> {
  const statuses = receiptsUpTo[behaviour.lastReceipt];
  for (const [index, status] of statuses.entries()) {
    const delayMs = behaviour.receiptDelayMs * (index + 1);
    for (let time = 0; time < behaviour.receiptTimes; time += 1) {
      await context.simulator.planReceipt(context.workspaceId, context.lineId, { providerId, status, delayMs });
    }
  }
}

/** The phone's behaviour, after the time it was told to let pass. */
async function behaviourOf(context: ChannelContext, phone: string): Promise<SimulatorBehaviour> {
  const behaviour = await context.simulator.behaviourOf(context.workspaceId, phone);
  // A stopping worker ends the wait early; the send below it is then not allowed any more.
  if (behaviour.slowMs > 0) await wait(behaviour.slowMs, undefined, { signal: context.signal }).catch(() => undefined);
  return behaviour;
}

function hasWhatsapp(behaviour: SimulatorBehaviour, phone: string): boolean {
  return behaviour.whatsapp ?? !phone.endsWith('0');
}
