import { defineErrors } from './define-errors.ts';

/** What may be wrong with any provider's server. `provider` begins a sentence: «WAHA», «Сервер SMPP». */
export const providerError = defineErrors({
  refused: {
    ru: '{provider} не принимает подключения ({words}): проверьте адрес и порт в настройках линии и что сервер запущен',
    en: '{provider} takes no connections ({words}): check address and port in the settings of the line, and that the server is running',
  },
  'unknown-host': {
    ru: '{provider} не найден по имени ({words}): проверьте адрес в настройках линии',
    en: '{provider} is not found by its name ({words}): check the address in the settings of the line',
  },
  'no-route': {
    ru: '{provider} недоступен по сети ({words}): проверьте адрес в настройках линии и сеть этого сервера',
    en: '{provider} cannot be reached over the network ({words}): check the address in the settings of the line, and the network',
  },
  'connect-time-out': {
    ru: '{provider} не отвечает на подключение ({words}): проверьте адрес и порт в настройках линии и что сервер запущен',
    en: '{provider} does not answer when connected to ({words}): check address and port in the settings of the line, and that the server is running',
  },
  encryption: {
    ru: '{provider} не прошёл проверку шифрования ({words}): проверьте сертификат сервера и включено ли шифрование в настройках линии',
    en: '{provider} failed the check of its encryption ({words}): check the certificate of the server, and whether the line is set to encrypt',
  },
  cut: {
    ru: '{provider} оборвал связь, не ответив ({words}): проверьте, что сервер работает, и посмотрите его журнал',
    en: '{provider} cut the connection without an answer ({words}): check that the server is running, and look at its log',
  },
  'bad-address': {
    ru: '{provider}: адрес в настройках линии не является ссылкой, исправьте его',
    en: '{provider}: the address in the settings of the line is not a URL, correct it',
  },
  network: {
    ru: '{provider} недоступен ({words}): проверьте адрес в настройках линии и сеть этого сервера',
    en: '{provider} is not available ({words}): check the address in the settings of the line, and the network',
  },
  'time-out': {
    ru: '{provider} не ответил вовремя: проверьте, что сервер работает и не перегружен',
    en: '{provider} did not answer in time: check that the server is running and not overloaded',
  },
  'too-long': {
    ru: '{provider} прислал слишком длинный ответ: проверьте, тот ли адрес в настройках линии',
    en: '{provider} gave too long an answer: check whether the address in the settings of the line is the right one',
  },
  cancelled: {
    ru: '{provider} не успел ответить: Otklik прекратил ждать',
    en: '{provider} had not answered when Otklik stopped waiting',
  },
  'not-allowed': {
    ru: '{provider} запроса не получал: эту работу взял на себя другой процесс Otklik',
    en: '{provider} did not get the request: another process of Otklik has taken this work over',
  },
  unauthorized: {
    ru: '{provider} отклонил ключ API (401): проверьте ключ в настройках линии',
    en: '{provider} refused the API key (401): check the key in the settings of the line',
  },
  forbidden: {
    ru: '{provider} отказал в доступе (403): проверьте, что ключу API разрешена отправка',
    en: '{provider} denied access (403): check that the API key is allowed to send',
  },
  'not-found': {
    ru: '{provider} не знает такого адреса (404): проверьте адрес в настройках линии',
    en: '{provider} knows no such address (404): check the address in the settings of the line',
  },
  misdirected: {
    ru: '{provider} ждёт запросы по другому адресу ({status}): проверьте адрес в настройках линии, http это или https',
    en: '{provider} wants its requests at another address ({status}): check the address in the settings of the line, and whether it is http or https',
  },
  throttled: {
    ru: '{provider} получает слишком много запросов (429): увеличьте паузу между сообщениями в настройках линии',
    en: '{provider} gets too many requests (429): make the pause between messages longer in the settings of the line',
  },
  rejected: {
    ru: '{provider} не принял запрос ({status}): проверьте номер и текст сообщения',
    en: '{provider} did not accept the request ({status}): check number and text of the message',
  },
  broken: {
    ru: '{provider} ответил ошибкой сервера ({status}): посмотрите журнал сервера, при необходимости перезапустите его',
    en: '{provider} answered with an error of the server ({status}): look at the log of the server and restart it if need be',
  },
  unreadable: {
    ru: '{provider} ответил непонятно: проверьте, тот ли адрес в настройках линии и не отвечает ли вместо него прокси',
    en: '{provider} gave an answer that cannot be read: check whether the address in the settings of the line is the right one and no proxy answers instead',
  },
});
