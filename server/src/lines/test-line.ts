import type { ChannelContext, CheckOutcome, LineHealth, LineState } from '../channels/channel.ts';
import type { Context } from '../context.ts';
import type { OpenLine } from './open-line.ts';
import { setLineState } from './set-line-state.ts';
import { createSimulatorStore } from './simulator-database.ts';

const PATIENCE_MS = 15_000;

export interface LineTest {
  ok: boolean;
  state: LineState;
  /** What the channel says of it, in the language of the workspace. */
  detail: string | null;
  /** What it means and what to do. */
  advice: { ru: string; en: string };
  /** What a check of the given number found; null when none was asked for or the channel has none. */
  check: CheckOutcome | null;
}

const ADVICE: Record<LineState, { ru: string; en: string }> = {
  unknown: {
    ru: 'Провайдер ещё ничего не сообщил о линии: подождите и проверьте снова.',
    en: 'The provider has said nothing of the line yet: wait and test again.',
  },
  connecting: {
    ru: 'Линия подключается: подождите и проверьте снова.',
    en: 'The line is connecting: wait and test again.',
  },
  scan: {
    ru: 'Номер не привязан: отсканируйте QR-код у провайдера телефоном этого номера.',
    en: 'No number is linked: scan the QR code at the provider with the phone of that number.',
  },
  working: { ru: 'Линия работает.', en: 'The line works.' },
  offline: {
    ru: 'Линия не в сети: проверьте адрес, телефон линии и что у провайдера всё запущено.',
    en: 'The line is offline: check the address, the phone of the line and that the provider is running.',
  },
  failed: {
    ru: 'Провайдер не принимает настройки линии: проверьте адрес, ключ или пароль.',
    en: 'The provider does not accept the settings of the line: check address, key or password.',
  },
};

/** Asks the provider how the line is, keeps the answer as its state, and checks a number when asked to. Sends nothing. */
export async function testLine(
  context: Context,
  line: OpenLine,
  options: { phone?: string | undefined } = {},
): Promise<LineTest> {
  const channelContext: ChannelContext = {
    http: context.http,
    logger: context.logger,
    simulator: createSimulatorStore(context.pool),
    workspaceId: line.workspaceId,
    lineId: line.id,
    medium: line.medium,
    language: line.language,
    maySend: () => true,
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  const health = await askHealth(line, channelContext);
  await setLineState(context.pool, line.workspaceId, line.id, health);
  const isUp = health.state === 'working';
  const check =
    isUp && options.phone && line.channel.check
      ? await line.channel.check(line.config, channelContext, options.phone)
      : null;
  return { ok: isUp && check?.outcome !== 'error', ...health, advice: ADVICE[health.state], check };
}

/** A line with a connection is known to the worker that holds it, which keeps the state up to date. */
async function askHealth(line: OpenLine, context: ChannelContext): Promise<LineHealth> {
  if (!line.channel.health) return { state: line.state, detail: line.stateDetail };
  return line.channel.health(line.config, context);
}
