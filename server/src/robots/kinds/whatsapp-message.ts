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

/** «WhatsApp - Отправка сообщения»: sends a text over a WhatsApp line. */
export const whatsappMessage: RobotKind<z.infer<typeof Settings>> = {
  id: 'whatsapp.message',
  label: { ru: 'WhatsApp - Отправка сообщения', en: 'WhatsApp - Send a message' },
  settings: Settings,
  form: [
    {
      name: 'lineId',
      type: 'line',
      medium: 'whatsapp',
      label: { ru: 'Линия WhatsApp', en: 'WhatsApp line' },
      required: true,
    },
    phoneField,
    textField,
    timeoutField,
  ],
  results: sendResults,
  templates: (settings) => [{ path: 'text', text: settings.text }],
  validate: (settings, workspace) => validateLine(settings.lineId, 'whatsapp', workspace),
  act(settings, view, render) {
    const text = render(settings.text);
    if (!text.ok) return failedSend(text.error);
    if (text.value.trim() === '') return failedSendBecause('empty-text', view);
    return sendTo(settings, 'whatsapp', view, { kind: 'text', text: text.value });
  },
};
