import type { Language } from '../accounts/principal.ts';

const MESSAGES = {
  required: { ru: 'Не заполнено', en: 'Required' },
  'wrong-type': { ru: 'Здесь нужно: {expected}', en: 'This must be {expected}' },
  'not-allowed': { ru: 'Такого значения нет; можно: {allowed}', en: 'No such value; allowed: {allowed}' },
  'unknown-key': { ru: 'Неизвестная настройка: {name}', en: 'Unknown setting: {name}' },
  'too-small': { ru: 'Не меньше {limit}', en: 'At least {limit}' },
  'too-big': { ru: 'Не больше {limit}', en: 'At most {limit}' },
  invalid: { ru: 'Значение не подходит: {detail}', en: 'The value does not fit: {detail}' },
  'too-deep': { ru: 'Слишком много вложенных групп условий', en: 'Too many nested groups of conditions' },
  'invalid-ref': {
    ru: 'Код робота пишется латинскими буквами, цифрами и _, первой идёт строчная буква; не больше 40 знаков',
    en: 'A ref is Latin letters, digits and _, a small letter first; at most 40 characters',
  },
  'unknown-kind': { ru: 'Нет такого типа робота: {kind}', en: 'There is no such kind of robot: {kind}' },
  'duplicate-ref': {
    ru: 'Код «{ref}» уже занят другим роботом стадии',
    en: 'Another robot of the stage has the ref "{ref}"',
  },
  'reserved-ref': {
    ru: 'Слово «{ref}» занято, выберите другой код',
    en: 'The word "{ref}" is reserved, choose another ref',
  },
  'unknown-line': { ru: 'Нет такой линии', en: 'There is no such line' },
  'wrong-medium': {
    ru: 'Линия «{line}» не подходит: нужна линия {medium}',
    en: 'The line "{line}" does not fit: a line of {medium} is needed',
  },
  'line-cannot-check': {
    ru: 'Линия «{line}» не умеет проверять номера',
    en: 'The line "{line}" cannot check numbers',
  },
  'line-cannot-send-files': { ru: 'Линия «{line}» не отправляет файлы', en: 'The line "{line}" does not send files' },
  'needs-public-url': {
    ru: 'Линия «{line}» забирает файлы по ссылке из интернета, а у Отклика нет внешнего адреса: задайте OTKLIK_PUBLIC_URL или укажите прямую ссылку на файл',
    en: 'The line "{line}" fetches files from the internet, and Otklik has no public address: set OTKLIK_PUBLIC_URL or give a direct link to the file',
  },
  'unknown-file': { ru: 'Нет такого файла', en: 'There is no such file' },
  'file-or-link': {
    ru: 'Нужно что-то одно: прямая ссылка (url) или загруженный файл (fileId)',
    en: 'Give one of the two: a direct link (url) or an uploaded file (fileId)',
  },
  'sms-needs-number': {
    ru: 'Для SMS нельзя выбрать «первый с WhatsApp»: выберите первый номер, тип номера или все',
    en: 'An SMS cannot go to "the first with WhatsApp": choose the first number, a type or all',
  },
  'unknown-stage': { ru: 'Нет такой стадии', en: 'There is no such stage' },
  'unknown-field': { ru: 'Нет такого поля: {name}', en: 'There is no such field: {name}' },
  'not-a-number': { ru: 'Нужно число', en: 'A number is needed' },
  'not-a-date': { ru: 'Нужна дата в виде ГГГГ-ММ-ДД', en: 'A date like YYYY-MM-DD is needed' },
  'not-yes-no': { ru: 'Нужно «да» или «нет»', en: 'Yes or no is needed' },
  'too-long': { ru: 'Слишком длинно', en: 'Too long' },
  'forbidden-text': { ru: 'Содержит символы, которые нельзя хранить', en: 'Holds characters that cannot be stored' },
  'not-an-option': { ru: 'В списке поля нет такого значения', en: 'The list of the field has no such value' },
  'template-syntax': { ru: 'Ошибка в подстановке: {detail}', en: 'Error in a placeholder: {detail}' },
  'template-trailing': {
    ru: 'Непонятно, что подставить: {text}. Поле по названию пишется так: Поля["Номер существует?"]',
    en: 'It is not clear what to insert: {text}. A field by its name is written as Поля["Номер существует?"]',
  },
  'template-limit': {
    ru: 'Текст слишком длинный: не больше 20 000 знаков',
    en: 'The text is too long: at most 20,000 characters',
  },
  'unknown-filter': { ru: 'Нет такого фильтра: {name}', en: 'There is no such filter: {name}' },
  'unknown-tag': { ru: 'Такой тег здесь нельзя: {name}', en: 'This tag cannot be used here: {name}' },
  'unknown-name': { ru: 'Неизвестное значение: {name}', en: 'Unknown value: {name}' },
  'unknown-result': { ru: 'У робота «{ref}» нет результата {result}', en: 'The robot "{ref}" has no result {result}' },
  'own-result': {
    ru: 'Робот «{ref}» не может читать собственный результат',
    en: 'The robot "{ref}" cannot read its own result',
  },
  'later-robot': {
    ru: 'Робот «{ref}» стоит ниже: его результата ещё не будет. Поставьте его выше',
    en: 'The robot "{ref}" stands below: it has no result yet. Move it up',
  },
  'other-chain': {
    ru: 'Робот «{ref}» выполняется параллельно: его результат здесь не виден. Включите «после предыдущего робота»',
    en: 'The robot "{ref}" runs side by side with this one: its result cannot be seen here. Choose "after the previous robot"',
  },
  'needless-value': { ru: 'Это условие не сравнивает со значением', en: 'This operator takes no value' },
  'needs-value': {
    ru: 'С чем сравнивать? Для пустого есть «не заполнено»',
    en: 'Compare with what? For empty there is "not filled"',
  },
  'needs-one-value': { ru: 'Нужно одно значение', en: 'One value is needed' },
  'needs-range': { ru: 'Нужны два значения: от и до', en: 'Two values are needed: from and to' },
  'reversed-range': { ru: 'Начало диапазона больше конца', en: 'The start of the range is above its end' },
  'needs-list': { ru: 'Нужен список значений', en: 'A list of values is needed' },
  'needs-order': { ru: 'Больше и меньше бывают числа и даты', en: 'Only numbers and dates are greater or less' },
  'impossible-value': {
    ru: '«{name}» не бывает равно «{value}»; возможные значения: {allowed}',
    en: '"{name}" is never "{value}"; it can be: {allowed}',
  },
  'link-not-http': {
    ru: 'Нужна прямая ссылка, которая начинается с http:// или https://',
    en: 'A direct link is needed that starts with http:// or https://',
  },
  'link-dropbox': {
    ru: 'Это страница просмотра Dropbox. Прямая ссылка: {direct}',
    en: 'This is a Dropbox page. The direct link: {direct}',
  },
  'link-google-drive': {
    ru: 'Это страница просмотра Google Диска. Прямая ссылка: {direct} (файл должен быть открыт всем, у кого есть ссылка)',
    en: 'This is a Google Drive page. The direct link: {direct} (the file must be open to anyone with the link)',
  },
  'link-google-document': {
    ru: 'Это документ Google, а не файл. Скачайте его как PDF и загрузите файл в Отклик',
    en: 'This is a Google document, not a file. Download it as PDF and upload the file to Otklik',
  },
  'link-yandex-disk': {
    ru: 'Это страница Яндекс Диска: постоянной прямой ссылки на файл он не даёт. Скачайте файл и загрузите его в Отклик',
    en: 'This is a Yandex Disk page: it gives no lasting direct link. Download the file and upload it to Otklik',
  },
  'link-bitrix24': {
    ru: 'Это публичная ссылка Битрикс24: она открывает страницу, а не файл. Скачайте файл и загрузите его в Отклик',
    en: 'This is a public link of Bitrix24: it opens a page, not the file. Download the file and upload it to Otklik',
  },
  'link-share-page': {
    ru: 'Ссылка открывает страницу, а не файл. Нужна ссылка, по которой сразу начинается скачивание, или загрузите файл в Отклик',
    en: 'The link opens a page, not the file. Give a link that starts the download at once, or upload the file to Otklik',
  },
  'reads-too-early': {
    ru: 'Робот читает поле {name}, которое параллельно меняет робот «{ref}» этой же стадии: он может прочесть старое значение',
    en: 'The robot reads the field {name}, which the robot "{ref}" of this stage changes side by side: it may read the old value',
  },
  'no-branch-for-error': {
    ru: 'Если проверка не удастся (E), ни один следующий робот не сработает и лид останется без ответа',
    en: 'If the check fails (E), no later robot acts and the lead stays without an answer',
  },
  'never-holds': {
    ru: 'Условие никогда не выполнится: {name} не может быть сразу {first} и {second}',
    en: 'The condition never holds: {name} cannot be {first} and {second} at once',
  },
  'disabled-robot': {
    ru: 'Робот «{ref}» отключён: его результат всегда пуст',
    en: 'The robot "{ref}" is disabled: its result is always empty',
  },
  'after-move': {
    ru: 'Робот «{ref}» выше уводит лид на другую стадию: этот робот не выполнится',
    en: 'The robot "{ref}" above moves the lead to another stage: this robot never acts',
  },
  'no-line': {
    ru: 'Нет ни одной линии WhatsApp, которая умеет проверять номера: результат будет E',
    en: 'There is no WhatsApp line that can check numbers: the result will be E',
  },
  'yaml-syntax': { ru: 'YAML не читается: {detail}', en: 'The YAML cannot be read: {detail}' },
  'unknown-line-name': { ru: 'Нет линии с именем «{name}»', en: 'There is no line named "{name}"' },
  'unknown-stage-name': { ru: 'Нет стадии с именем «{name}»', en: 'There is no stage named "{name}"' },
  'unknown-file-name': { ru: 'Нет файла с именем «{name}»', en: 'There is no file named "{name}"' },
  'ambiguous-name': {
    ru: 'Имя «{name}» есть у нескольких: укажите id',
    en: 'More than one is named "{name}": give the id',
  },
  'name-and-id': { ru: 'Укажите имя или id, не оба', en: 'Give the name or the id, not both' },
} as const satisfies Record<string, Record<Language, string>>;

export type ProblemCode = keyof typeof MESSAGES;

/** One thing wrong with the robots of a stage, or to be confirmed; `path` is like `robots[2].settings.phone.type`. */
export interface Problem {
  path: string;
  code: ProblemCode;
  params: Record<string, string>;
}

/** Types of values by the names the parser has for them. */
const TYPES: Record<string, Record<Language, string>> = {
  string: { ru: 'строка', en: 'a text' },
  number: { ru: 'число', en: 'a number' },
  int: { ru: 'целое число', en: 'a whole number' },
  boolean: { ru: 'true или false', en: 'true or false' },
  array: { ru: 'список', en: 'a list' },
  object: { ru: 'объект', en: 'an object' },
  record: { ru: 'объект', en: 'an object' },
  null: { ru: 'null', en: 'null' },
};

/** The sentence for a problem, its parameters filled in. */
export function problemMessage(problem: Pick<Problem, 'code' | 'params'>, language: Language): string {
  return MESSAGES[problem.code][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(problem.params, name) ? (problem.params[name] ?? '') : '';
    return name === 'expected' ? (TYPES[value]?.[language] ?? value) : value;
  });
}

/** Writes a path the way problems tell it: `robots[2].settings.phone`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}
