import { z } from 'zod';
import type { RobotKind } from '../kind.ts';
import { PhonePick } from '../phone-pick.ts';
import { numbersFor, phoneField, validateLine } from '../sending.ts';
import { TimeoutSeconds, timeoutField } from '../timeout.ts';

const Settings = z.strictObject({
  phone: PhonePick,
  /** Null: any line that can check. */
  lineId: z.string().min(1).max(60).nullable().default(null),
  timeoutSeconds: TimeoutSeconds,
});

/** «Проверка WhatsApp на номере»: asks whether the number has WhatsApp. A check that could not be made is E, never N. */
export const whatsappCheck: RobotKind<z.infer<typeof Settings>> = {
  id: 'whatsapp.check',
  label: { ru: 'Проверка WhatsApp на номере', en: 'Check the number for WhatsApp' },
  settings: Settings,
  form: [
    phoneField,
    {
      name: 'lineId',
      type: 'line',
      medium: 'whatsapp',
      label: { ru: 'Линия WhatsApp', en: 'WhatsApp line' },
      hint: { ru: 'Не выбрана: любая, которая умеет проверять', en: 'None: any that can check' },
      required: false,
    },
    timeoutField,
  ],
  results: [
    { code: 'exists', label: { ru: 'Номер существует?', en: 'Does the number exist?' }, values: ['Y', 'N', 'E'] },
    { code: 'error', label: { ru: 'Описание ошибки', en: 'Error' }, values: null },
  ],
  templates: () => [],
  validate(settings, workspace) {
    if (settings.lineId === null) return [];
    const problems = validateLine(settings.lineId, 'whatsapp', workspace);
    const line = workspace.lines.get(settings.lineId);
    if (problems.length > 0 || !line || line.check) return problems;
    return [{ path: 'lineId', code: 'line-cannot-check', params: { line: line.name } }];
  },
  act(settings, view) {
    const numbers = numbersFor(settings.phone, view);
    if (typeof numbers === 'string') {
      return { do: 'end', status: 'failed', results: { exists: 'E', error: numbers }, error: numbers };
    }
    return { do: 'check', numbers, lineId: settings.lineId, timeoutSeconds: settings.timeoutSeconds };
  },
};
