/** Texts of problem documents by stable code; `{name}` is filled from the problem's parameters. */
export const problems = {
  'invalid-input': { title: 'Некоторые значения неверны' },
  'malformed-json': { title: 'Тело запроса — не правильный JSON', detail: '{reason}' },
  'invalid-utf8': { title: 'Тело запроса должно быть в кодировке UTF-8' },
  'too-deep': { title: 'Слишком глубокая вложенность JSON', detail: 'Допускается не больше {limit} уровней.' },
  'empty-body': { title: 'Запрос пришёл без тела' },
  'malformed-request': { title: 'Запрос составлен неверно' },
  'unsupported-media-type': {
    title: 'Такой Content-Type здесь не принимается',
    detail: 'Прислано: {received}. Ожидается {expected}.',
  },
  'body-too-large': { title: 'Тело запроса слишком большое', detail: 'Допускается не больше {limit}.' },
  'route-not-found': { title: 'Такого адреса нет', detail: '{method} {path}' },
  'method-not-allowed': { title: 'Этот метод здесь не поддерживается', detail: 'Здесь можно: {allowed}.' },
  'not-found': { title: 'Не найдено' },
  conflict: { title: 'Это противоречит текущему состоянию' },
  'stale-version': {
    title: 'Кто-то успел изменить это раньше',
    detail: 'Сейчас версия {current}, в запросе версия {given}. Загрузите заново и повторите правку.',
  },
  'in-use': { title: 'Это ещё используется, поэтому удалить нельзя', detail: '{by}' },
  unauthorized: {
    title: 'Нужен вход или ключ API',
    detail: 'Передайте заголовок Authorization: Bearer <ключ API> или войдите.',
  },
  'invalid-api-key': { title: 'Ключ API неверен, отозван или истёк' },
  'not-a-member': { title: 'Вы не состоите ни в одной компании' },
  forbidden: { title: 'Не хватает прав', detail: 'Ваша роль: {role}. Это могут: {roles}.' },
  'cross-site-request': {
    title: 'Запрос пришёл с чужой страницы',
    detail: 'С cookie менять данные можно только со страниц самого Otklik. Программам нужен ключ API.',
  },
  'too-many-requests': { title: 'Слишком много запросов', detail: 'Повторите через {seconds} с.' },
  'idempotency-key-reused': {
    title: 'Этот Idempotency-Key уже был с другим запросом',
    detail: 'Для нового запроса возьмите новый ключ.',
  },
  'link-not-valid': {
    title: 'Ссылка уже использована или устарела',
    detail: 'Попросите новую у администратора или создайте её командой «npm run -s otklik -- user reset-link».',
  },
  'email-taken': { title: 'Пользователь с таким e-mail уже есть' },
  outranked: {
    title: 'Роль выше вашей',
    detail: 'Назначать, менять и удалять можно только тех, чья роль не выше вашей ({role}).',
  },
  'wrong-credentials': { title: 'E-mail или пароль не подходят' },
  'sign-in-refused': { title: 'Не получилось', detail: '{reason}' },
  'last-owner': { title: 'В компании должен остаться хотя бы один владелец' },
  unavailable: { title: 'Сейчас это недоступно', detail: '{reason}' },
  internal: { title: 'Внутренняя ошибка', detail: 'Запрос {requestId}: подробности в журнале сервера.' },
} as const;

/** What may be wrong with one value. */
export const fields = {
  required: 'Обязательное значение',
  'expected-string': 'Должна быть строка',
  'expected-number': 'Должно быть число',
  'expected-integer': 'Должно быть целое число',
  'expected-boolean': 'Должно быть true или false',
  'expected-list': 'Должен быть список',
  'expected-object': 'Должен быть объект',
  'expected-null': 'Должно быть null',
  'too-long': 'Не больше {limit} символов',
  'too-short': 'Не меньше {limit} символов',
  empty: 'Не должно быть пустым',
  'too-many-items': 'Не больше {limit} элементов',
  'too-few-items': 'Не меньше {limit} элементов',
  'too-large': 'Не больше {limit}',
  'too-small': 'Не меньше {limit}',
  'must-be-below': 'Должно быть меньше {limit}',
  'must-be-above': 'Должно быть больше {limit}',
  'not-a-multiple': 'Должно делиться на {divisor}',
  'not-one-of': 'Допустимые значения: {values}',
  'wrong-format': 'Неверный формат: ожидается {format}',
  'unknown-key': 'Неизвестное поле',
  'forbidden-character': 'Содержит символы, которые нельзя хранить (U+0000 или половина суррогатной пары)',
  'invalid-value': 'Неверное значение',
  'invalid-cursor': 'Этот cursor не от этого списка: возьмите nextCursor из предыдущего ответа',
  'not-found': 'Такого нет',
  taken: 'Уже занято',
  'invalid-phone': 'Не похоже на номер телефона',
  'invalid-url': 'Нужен адрес вида https://…',
  'invalid-email': 'Нужен адрес вида name@example.com',
  'password-too-short': 'Пароль не короче {limit} символов',
  'password-too-long': 'Пароль не длиннее {limit} символов',
  'wrong-password': 'У этого e-mail уже есть пользователь: нужен его пароль',
  'unknown-country': 'Нужен двухбуквенный код страны, например RU',
} as const;

/** Every language has a text for each code. */
export type ProblemTexts = Record<keyof typeof problems, { title: string; detail?: string }>;
export type FieldTexts = Record<keyof typeof fields, string>;
