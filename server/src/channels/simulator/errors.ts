import { defineErrors } from '../define-errors.ts';

/** What a phone of the simulator was told to answer. */
export const simulatorError = defineErrors({
  offline: {
    ru: 'Симулятор: линия не в сети, так задано на экране симулятора',
    en: 'Simulator: the line is offline, as set on the screen of the simulator',
  },
  'no-whatsapp': {
    ru: 'Симулятор: на этом номере нет WhatsApp (номер кончается на 0 или так задано)',
    en: 'Simulator: the number has no WhatsApp (it ends in 0, or is set so)',
  },
  'answer-lost': {
    ru: 'Симулятор: ответ на отправку потерян, так задано на экране симулятора',
    en: 'Simulator: the answer to the send was lost, as set on the screen of the simulator',
  },
  'not-whatsapp': {
    ru: 'Линия СМС не проверяет WhatsApp: выберите в роботе линию WhatsApp',
    en: 'An SMS line cannot check for WhatsApp: choose a WhatsApp line in the robot',
  },
  'not-allowed': {
    ru: 'Сообщение не отправлено: эту работу взял на себя другой процесс Otklik',
    en: 'Not sent: another process of Otklik has taken this work over',
  },
});
