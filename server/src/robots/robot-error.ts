import type { Language } from '../accounts/principal.ts';

const TEXTS = {
  'no-phone': { ru: 'У лида нет телефона', en: 'The lead has no phone' },
  'no-phone-of-type': {
    ru: 'У лида нет телефона этого типа: {type}',
    en: 'The lead has no phone of this type: {type}',
  },
  'empty-text': { ru: 'Текст пуст: отправлять нечего', en: 'The text is empty: there is nothing to send' },
  'not-a-link': {
    ru: 'Ссылка на файл не начинается с http:// или https://',
    en: 'The link to the file is not http(s)',
  },
  'share-link': {
    ru: 'Ссылка ведёт на страницу просмотра, а не прямо на файл',
    en: 'The link opens a share page instead of the file itself',
  },
  'template-syntax': { ru: 'Ошибка в тексте робота: {detail}', en: 'Error in the text of the robot: {detail}' },
  'template-limit': {
    ru: 'Текст робота получился слишком длинным или сложным',
    en: 'The text of the robot became too long or too complex',
  },
  'unknown-kind': {
    ru: 'Тип робота «{kind}» больше не поддерживается',
    en: 'The robot kind "{kind}" is not supported any more',
  },
  'no-check-line': { ru: 'Нет линии WhatsApp для проверки', en: 'There is no WhatsApp line to check on' },
  'line-gone': { ru: 'Линия удалена', en: 'The line has been deleted' },
  'line-paused': { ru: 'Линия «{line}» на паузе', en: 'The line "{line}" is paused' },
  'no-check': { ru: 'Канал «{line}» не проверяет номера', en: 'The channel "{line}" cannot check numbers' },
  'line-time-out': { ru: 'Время ожидания линии истекло', en: 'The line was not back in time' },
  'stage-gone': { ru: 'Стадия удалена', en: 'The stage has been deleted' },
  'lead-gone': { ru: 'Лид удалён', en: 'The lead has been deleted' },
  circle: {
    ru: 'Роботы переводят лид по кругу: лимит переходов за час исчерпан',
    en: 'Robots move the lead in a circle: the limit of moves an hour is used up',
  },
} as const;

/** Why a robot ended without an outside call; stored beside its results in the workspace's language. */
export type RobotErrorCode = keyof typeof TEXTS;

const PHONE_TYPES: Record<string, Record<Language, string>> = {
  WORK: { ru: 'рабочий', en: 'work' },
  MOBILE: { ru: 'мобильный', en: 'mobile' },
  HOME: { ru: 'домашний', en: 'home' },
  MAILING: { ru: 'для рассылок', en: 'mailing' },
  OTHER: { ru: 'другой', en: 'other' },
};

/** The sentence for a code, with its parameters filled in; a phone type is told by its name. */
export function robotError(code: RobotErrorCode, language: Language, params: Record<string, string> = {}): string {
  return TEXTS[code][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    return PHONE_TYPES[value]?.[language] ?? value;
  });
}
