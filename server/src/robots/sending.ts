import type { Medium } from '../channels/channel.ts';
import type {
  Action,
  Content,
  LeadView,
  Numbers,
  PhonePick,
  ResultDescription,
  RobotFormField,
  SettingsProblem,
  WorkspaceView,
} from './kind.ts';
import { pickNumbers } from './phone-pick.ts';
import { type RobotErrorCode, robotError } from './robot-error.ts';

/** What the three kinds that send a message have in common. */

export const sendResults: readonly ResultDescription[] = [
  { code: 'sent', label: { ru: 'Сообщение отправлено?', en: 'Message sent?' }, values: ['Y', 'N', 'NW', 'E', 'U'] },
  { code: 'error', label: { ru: 'Описание ошибки', en: 'Error' }, values: null },
  { code: 'messageId', label: { ru: 'Номер сообщения', en: 'Message id' }, values: null },
  { code: 'delivered', label: { ru: 'Сообщение доставлено?', en: 'Message delivered?' }, values: ['Y', 'N'] },
];

export const phoneField: RobotFormField = {
  name: 'phone',
  type: 'phone',
  label: { ru: 'Номер телефона', en: 'Phone' },
  required: true,
  picks: ['first', 'type', 'firstWithWhatsapp', 'all'],
};

export const textField: RobotFormField = {
  name: 'text',
  type: 'template',
  label: { ru: 'Сообщение', en: 'Message' },
  required: true,
};

/** The settings that say where a message goes. */
export interface Target {
  lineId: string;
  phone: PhonePick;
  timeoutSeconds: number;
}

/** Problems of the chosen line: it must be there and be of the medium. */
export function validateLine(lineId: string, medium: Medium, workspace: WorkspaceView): SettingsProblem[] {
  const line = workspace.lines.get(lineId);
  if (!line) return [{ path: 'lineId', code: 'unknown-line' }];
  const name = medium === 'sms' ? 'SMS' : 'WhatsApp';
  return line.medium === medium
    ? []
    : [{ path: 'lineId', code: 'wrong-medium', params: { line: line.name, medium: name } }];
}

/** The send of a content to the numbers that the settings pick; ends the step when the lead has none. */
export function sendTo(target: Target, medium: Medium, view: LeadView, content: Content): Action {
  const { lineId, timeoutSeconds } = target;
  const numbers = numbersFor(target.phone, view);
  if (typeof numbers === 'string') return failedSend(numbers);
  return { do: 'send', medium, numbers, lineId, content, timeoutSeconds };
}

/** The end of a step that could not send: E with the error beside it, never N. */
export function failedSend(error: string): Action {
  return { do: 'end', status: 'failed', results: { sent: 'E', error, messageId: null, delivered: null }, error };
}

/** The same, by the code of the error. */
export function failedSendBecause(code: RobotErrorCode, view: LeadView): Action {
  return failedSend(robotError(code, view.language));
}

/** The numbers a pick means for this lead, or the sentence that says why there are none. */
export function numbersFor(pick: PhonePick, view: LeadView): Numbers | string {
  const picked = pickNumbers(pick, view.phones);
  if (picked.ok) return picked.value;
  return robotError(picked.error, view.language, { type: pick.pick === 'type' ? pick.type : '' });
}
