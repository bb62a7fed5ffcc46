import type { RobotKind } from '../kind.ts';
import { phoneField, sendResults, textField, validateLine } from '../sending.ts';
import { sendText, TextMessage } from '../text-message.ts';
import { timeoutField } from '../timeout.ts';

/** «WhatsApp - Отправка сообщения»: sends a text over a WhatsApp line. */
export const whatsappMessage: RobotKind<TextMessage> = {
  id: 'whatsapp.message',
  label: { ru: 'WhatsApp - Отправка сообщения', en: 'WhatsApp - Send a message' },
  settings: TextMessage,
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
  act: (settings, view, render) => sendText('whatsapp', settings, view, render),
};
