import type { FieldProblem } from './field-value.ts';
import type { PhoneProblem } from './phone-number.ts';

/** What may be wrong with a lead or a row of a file besides its values. */
export type RowProblem =
  | 'row.no-contact'
  | 'lead.no-contact'
  | 'row.too-many-cells'
  | 'row.too-many-phones'
  | 'email.invalid'
  | 'text.too-long'
  | 'text.forbidden';

export type ValueProblem = PhoneProblem | FieldProblem | RowProblem;

/** What is wrong with a value that somebody brings, in words for the one who brings it. */
export const PROBLEM_TEXTS: Record<ValueProblem, { ru: string; en: string }> = {
  'phone.empty': { ru: 'Номер пуст', en: 'The number is empty' },
  'phone.not-a-number': {
    ru: 'Это не номер телефона: нужны цифры, например +7 900 123-45-67',
    en: 'This is no phone number: digits are needed, such as +7 900 123-45-67',
  },
  'phone.too-short': { ru: 'В номере не хватает цифр', en: 'The number has too few digits' },
  'phone.too-long': { ru: 'В номере лишние цифры', en: 'The number has too many digits' },
  'phone.invalid': { ru: 'Такого номера не бывает: проверьте код', en: 'There is no such number: check its code' },
  'phone.rounded': {
    ru: 'Таблица округлила номер (7,9E+10): задайте столбцу текстовый формат и сохраните файл снова',
    en: 'The spreadsheet rounded the number (7.9E+10): make the column text and save the file again',
  },
  'field.not-a-text': { ru: 'Нужен текст', en: 'Must be a text' },
  'field.too-long': { ru: 'Не больше 4000 символов', en: 'At most 4000 characters' },
  'field.not-a-number': { ru: 'Нужно число', en: 'Must be a number' },
  'field.not-yes-or-no': { ru: 'Нужно «да» или «нет»', en: 'Must be yes or no' },
  'field.not-a-date': { ru: 'Нужна дата вида 2026-12-31 или 31.12.2026', en: 'Must be a date such as 2026-12-31' },
  'field.not-an-option': { ru: 'Такого значения в списке нет', en: 'Not one of the options of the list' },
  'lead.no-contact': { ru: 'Нужен телефон или e-mail', en: 'A phone or an e-mail is needed' },
  'row.no-contact': { ru: 'В строке нет ни телефона, ни почты', en: 'The row has neither a phone nor an e-mail' },
  'row.too-many-cells': {
    ru: 'В строке больше ячеек, чем столбцов',
    en: 'The row has more cells than there are columns',
  },
  'row.too-many-phones': { ru: 'Больше 50 номеров у одного лида', en: 'More than 50 numbers for one lead' },
  'email.invalid': { ru: 'Нужен адрес вида name@example.com', en: 'Must be an address such as name@example.com' },
  'text.too-long': { ru: 'Слишком длинно', en: 'Too long' },
  'text.forbidden': { ru: 'Содержит символы, которые нельзя хранить', en: 'Holds characters that cannot be stored' },
};
