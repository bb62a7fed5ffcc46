import { z } from 'zod';
import type { RobotKind } from '../kind.ts';
import { PhonePick } from '../phone-pick.ts';
import { failedSend, failedSendBecause, phoneField, sendResults, sendTo, textField, validateLine } from '../sending.ts';
import { MAX_TEXT } from '../template.ts';
import { TimeoutSeconds, timeoutField } from '../timeout.ts';

const Settings = z.strictObject({
  lineId: z.string().min(1).max(60),
  phone: PhonePick,
  text: z.string().min(1).max(MAX_TEXT),
  timeoutSeconds: TimeoutSeconds,
});

/** «Отправить SMS клиенту»: sends a text through an SMS provider. */
export const smsMessage: RobotKind<z.infer<typeof Settings>> = {
  id: 'sms.message',
  label: { ru: 'Отправить SMS клиенту', en: 'Send an SMS to the client' },
  settings: Settings,
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
  act(settings, view, render) {
    const text = render(settings.text);
    if (!text.ok) return failedSend(text.error);
    if (text.value.trim() === '') return failedSendBecause('empty-text', view);
    return sendTo(settings, 'sms', view, { kind: 'text', text: text.value });
  },
};
