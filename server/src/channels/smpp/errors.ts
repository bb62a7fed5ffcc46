import type { Texts } from '../../accounts/principal.ts';
import { defineErrors } from '../define-errors.ts';

/** How the server is called in errors that any server may have. */
export const SMPP_SERVER: Texts = { ru: 'Сервер SMPP', en: 'The SMPP server' };

/** What only an SMPP server can say or leave unsaid; what may befall any server is in `provider-errors.ts`. */
export const smppError = defineErrors({
  connecting: {
    ru: 'Линия ещё подключается к серверу SMPP',
    en: 'The line is still connecting to the SMPP server',
  },
  closing: {
    ru: 'Otklik закрывал соединение линии с сервером SMPP',
    en: 'Otklik was closing the connection of the line to the SMPP server',
  },
  'not-connected': {
    ru: 'Линия не подключена к серверу SMPP: посмотрите её состояние в настройках',
    en: 'The line is not connected to the SMPP server: look at its state in the settings',
  },
  'closed-by-server': {
    ru: 'Сервер SMPP закрыл соединение: если это повторяется, спросите провайдера, почему',
    en: 'The SMPP server closed the connection: if that happens again and again, ask the provider why',
  },
  unbound: {
    ru: 'Сервер SMPP завершил сеанс (unbind): если это повторяется, спросите провайдера, почему',
    en: 'The SMPP server ended the session (unbind): if that happens again and again, ask the provider why',
  },
  'no-bind': {
    ru: 'Сервер SMPP не ответил на подключение за {seconds} с: проверьте адрес, порт и шифрование в настройках линии',
    en: 'The SMPP server did not answer the bind within {seconds} s: check address, port and encryption in the settings of the line',
  },
  'no-answer-to-submit': {
    ru: 'Сервер SMPP не подтвердил сообщение за {seconds} с: ушло ли оно, видно в кабинете провайдера',
    en: 'The SMPP server did not confirm the message within {seconds} s: the provider can tell whether it left',
  },
  'no-answer': {
    ru: 'Сервер SMPP не ответил на {command} за {seconds} с: если это повторяется, проверьте сеть и спросите провайдера',
    en: 'The SMPP server did not answer {command} within {seconds} s: if that happens again and again, check the network and ask the provider',
  },
  'bind-login': {
    ru: 'Сервер SMPP не принял логин или пароль: {status}. Исправьте их в настройках линии и спросите провайдера, разрешён ли адрес этого сервера',
    en: 'The SMPP server did not accept login or password: {status}. Correct them in the settings of the line, and ask the provider whether the address of this machine is allowed',
  },
  'bind-twice': {
    ru: 'Сервер SMPP считает линию уже подключённой: {status}. Если не проходит, проверьте, не занят ли логин другой программой',
    en: 'The SMPP server takes the line for connected already: {status}. If it stays so, check whether another program uses the login',
  },
  'bind-busy': {
    ru: 'Сервер SMPP занят и не подключает линию: {status}. Если не проходит, спросите провайдера',
    en: 'The SMPP server is busy and does not let the line connect: {status}. If it stays so, ask the provider',
  },
  'bind-refused': {
    ru: 'Сервер SMPP отказал линии в подключении: {status}. Передайте этот код провайдеру',
    en: 'The SMPP server does not let the line connect: {status}. Give this code to the provider',
  },
  throttled: {
    ru: 'Сервер SMPP просит слать медленнее: {status}. Увеличьте паузу между сообщениями в настройках линии',
    en: 'The SMPP server wants fewer messages: {status}. Make the pause between messages longer in the settings of the line',
  },
  busy: {
    ru: 'Временный сбой на сервере SMPP: {status}. Если не проходит, передайте этот код провайдеру',
    en: 'A passing fault of the SMPP server: {status}. If it stays so, give this code to the provider',
  },
  'bad-number': {
    ru: 'Сервер SMPP не принял номер получателя: {status}. Проверьте номер лида',
    en: 'The SMPP server did not accept the number of the recipient: {status}. Check the number of the lead',
  },
  'bad-sender': {
    ru: 'Сервер SMPP не принял имя отправителя: {status}. Впишите в настройки линии имя, согласованное с провайдером',
    en: 'The SMPP server did not accept the sender: {status}. Enter the one agreed with the provider in the settings of the line',
  },
  'bad-config': {
    ru: 'Сервер SMPP не принял параметры линии: {status}. Передайте этот код провайдеру',
    en: 'The SMPP server did not accept the parameters of the line: {status}. Give this code to the provider',
  },
  'bad-content': {
    ru: 'Сервер SMPP не принял текст: {status}. Сократите или измените его',
    en: 'The SMPP server did not accept the text: {status}. Shorten or change it',
  },
  blocked: {
    ru: 'Провайдер запретил отправку: {status}. Спросите его, почему',
    en: 'The provider does not allow the message: {status}. Ask them why',
  },
  refused: {
    ru: 'Сервер SMPP отклонил сообщение: {status}. Передайте этот код провайдеру',
    en: 'The SMPP server refused the message: {status}. Give this code to the provider',
  },
  part: {
    ru: 'Из {total} частей СМС ушло {taken}. {error}',
    en: '{taken} of the {total} parts of the SMS left. {error}',
  },
  'empty-text': {
    ru: 'Текст СМС пуст: впишите его в робота',
    en: 'The text of the SMS is empty: enter one in the robot',
  },
  'long-text': {
    ru: 'Текст занимает {parts} СМС при пределе {most}: сократите его',
    en: 'The text takes {parts} SMS parts, the most is {most}: shorten it',
  },
  'window-full': {
    ru: 'Сервер SMPP долго не отвечает на прежние сообщения, и очередь линии стоит: увеличьте окно или спросите провайдера',
    en: 'The SMPP server is slow to answer earlier messages, and the line stands still: enlarge the window or ask the provider',
  },
  expired: {
    ru: 'СМС не доставлено за отведённое время: {words}. Телефон был выключен или вне сети',
    en: 'The SMS was not delivered in its time: {words}. The phone was off or out of reach',
  },
  undelivered: {
    ru: 'СМС не доставлено: {words}. Проверьте номер лида',
    en: 'The SMS was not delivered: {words}. Check the number of the lead',
  },
  rejected: {
    ru: 'Оператор отклонил СМС: {words}. Спросите провайдера, почему',
    en: 'The operator rejected the SMS: {words}. Ask the provider why',
  },
  deleted: {
    ru: 'Провайдер удалил СМС до доставки: {words}. Спросите его, почему',
    en: 'The provider deleted the SMS before it was delivered: {words}. Ask them why',
  },
});
