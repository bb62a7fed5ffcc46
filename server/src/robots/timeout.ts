import { z } from 'zod';
import type { RobotFormField } from './kind.ts';

/** How long a robot waits for an offline line, and for the truth about a message nobody is sure of, before it goes on. */
export const TimeoutSeconds = z.number().int().min(1).max(86_400).default(600);

export const timeoutField: RobotFormField = {
  name: 'timeoutSeconds',
  type: 'number',
  label: { ru: 'Сколько ждать, секунд', en: 'How long to wait, seconds' },
  hint: {
    ru: 'Столько робот ждёт линию, которая не в сети, и ответ о сообщении с неизвестной судьбой',
    en: 'The robot waits so long for a line that is offline, and for the truth about a message nobody is sure of',
  },
  required: false,
  default: 600,
};
