import { defineErrors } from '../channels/define-errors.ts';

/** Why a message did not leave, or is in doubt, where no provider is to blame. */
export const messageError = defineErrors({
  'no-texts': {
    ru: 'Канал линии «{line}» не отправляет тексты: выберите в роботе другую линию',
    en: 'The channel of the line "{line}" sends no texts: choose another line in the robot',
  },
  'no-files': {
    ru: 'Канал линии «{line}» не отправляет файлы: выберите в роботе другую линию',
    en: 'The channel of the line "{line}" sends no files: choose another line in the robot',
  },
  'file-gone': {
    ru: 'Файл удалён: загрузите его в робота заново',
    en: 'The file has been deleted: upload it to the robot again',
  },
  'channel-broke': {
    ru: 'Внутренняя ошибка канала: ушло ли сообщение, неизвестно, подробности в журнале Otklik',
    en: 'Internal error of the channel: whether the message left is not known, the log of Otklik has the details',
  },
  'never-arrived': {
    ru: 'Провайдер этого сообщения не получал',
    en: 'The provider never got this message',
  },
});
