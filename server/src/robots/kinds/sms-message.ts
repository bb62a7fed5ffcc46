import type { RobotKind } from '../kind.ts';
import { phoneField, sendResults, textField, validateLine } from '../sending.ts';
import { sendText, TextMessage } from '../text-message.ts';
import { timeoutField } from '../timeout.ts';

/** «Отправить SMS клиенту»: sends a text through an SMS provider. */
export const smsMessage: RobotKind<TextMessage> = {
  id: 'sms.message',
  label: { ru: 'Отправить SMS клиенту', en: 'Send an SMS to the client' },
  settings: TextMessage,
  form: [
    textField,
    { ...phoneField, picks: ['first', 'type', 'all'] },
    { name: 'lineId', type: 'line', medium: 'sms', label: { ru: 'Провайдер', en: 'Provider' }, required: true },
    timeoutField,
  ],
  results: sendResults,
  templates: (settings) => [{ path: 'text', text: settings.text }],
  validate(settings, workspace) {
    const problems = validateLine(settings.lineId, 'sms', workspace);
    if (settings.phone.pick === 'firstWithWhatsapp') problems.push({ path: 'phone.pick', code: 'sms-needs-number' });
    return problems;
  },
  act: (settings, view, render) => sendText('sms', settings, view, render),
};
