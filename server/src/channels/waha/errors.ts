import { defineErrors } from '../define-errors.ts';

/** What only WAHA can get wrong; what may befall any server is in `provider-errors.ts`. */
export const wahaError = defineErrors({
  'session-down': {
    ru: 'Сессия WhatsApp в WAHA не работает (422): запустите её в WAHA или привяжите телефон заново',
    en: 'The WhatsApp session in WAHA is not running (422): start it in WAHA or link the phone again',
  },
  'no-session': {
    ru: 'WAHA не знает такой сессии или адреса (404): проверьте имя сессии и адрес в настройках линии',
    en: 'WAHA knows no such session or address (404): check the name of the session and the address in the settings of the line',
  },
  'no-whatsapp': {
    ru: 'На этом номере нет WhatsApp',
    en: 'The number has no WhatsApp',
  },
  restricted: {
    ru: 'WhatsApp запретил номеру линии начинать новые чаты (463): поставьте линию на паузу, повторы продлевают запрет',
    en: 'WhatsApp does not let the number of the line start new chats (463): pause the line, as more tries make it last longer',
  },
  'not-taken-by-whatsapp': {
    ru: 'WhatsApp не принял сообщение: посмотрите телефон линии и журнал WAHA',
    en: 'WhatsApp did not take the message: look at the phone of the line and the log of WAHA',
  },
  'no-id': {
    ru: 'WAHA принял сообщение, но не назвал его номера: проверьте чат в телефоне линии',
    en: 'WAHA took the message and named no id: look at the chat on the phone of the line',
  },
  ambiguous: {
    ru: 'В чате есть похожие сообщения, и неясно, то ли это: проверьте чат в телефоне линии',
    en: 'The chat has messages that may be this one, but need not be: look at the chat on the phone of the line',
  },
  'long-history': {
    ru: 'В чате больше сообщений, чем WAHA показывает сразу: проверьте чат в телефоне линии',
    en: 'The chat has more messages than WAHA shows at once: look at the chat on the phone of the line',
  },
  'not-there-yet': {
    ru: 'Сообщения в чате пока нет, но WAHA ещё может его отправлять',
    en: 'The message is not in the chat yet, but WAHA may still be at work on it',
  },
  'not-waha': {
    ru: 'По этому адресу отвечает не WAHA: проверьте адрес в настройках линии',
    en: 'What answers at this address is not a WAHA: check the address in the settings of the line',
  },
  'session-offline': {
    ru: 'Сессия в WAHA остановлена ({status}): запустите её в WAHA',
    en: 'The session in WAHA is stopped ({status}): start it in WAHA',
  },
  'session-connecting': {
    ru: 'Сессия в WAHA запускается ({status}): подождите минуту',
    en: 'The session in WAHA is starting ({status}): give it a minute',
  },
  'session-scan': {
    ru: 'WAHA ждёт телефон ({status}): откройте WAHA и привяжите телефон линии',
    en: 'WAHA waits for the phone ({status}): open WAHA and link the phone of the line',
  },
  'session-failed': {
    ru: 'Сессия в WAHA сломалась ({status}): перезапустите её в WAHA, не поможет — привяжите телефон заново',
    en: 'The session in WAHA has failed ({status}): restart it in WAHA, and if that does not help link the phone again',
  },
  'session-unknown': {
    ru: 'WAHA сообщает о сессии то, чего Otklik не знает ({status}): посмотрите на неё в WAHA',
    en: 'WAHA says of the session what Otklik does not know ({status}): look at it in WAHA',
  },
  'bad-signature': {
    ru: 'Подпись вебхука не подходит: сравните hmac.key в WAHA с ключом подписи в настройках линии',
    en: 'The signature of the webhook is missing or wrong: compare hmac.key in WAHA with the signing key in the settings of the line',
  },
  'not-an-event': {
    ru: 'Вебхук прислал не WAHA: проверьте, кто знает адрес вебхука линии',
    en: 'The webhook is not an event of WAHA: check who knows the webhook address of the line',
  },
});
