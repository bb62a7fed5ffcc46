import type { Channel } from '../channel.ts';
import { connectLine } from './connection.ts';
import { SmppConfig } from './schema.ts';

/** SMS over SMPP 3.4. https://smpp.org/SMPP_v3_4_Issue1_2.pdf */
export const smpp: Channel<SmppConfig> = {
  describe: {
    id: 'smpp',
    mediums: ['sms'],
    name: { ru: 'SMPP', en: 'SMPP' },
    abilities: {
      check: false,
      text: true,
      file: false,
      fileBytes: false,
      caption: false,
      lookUp: false,
      receipts: true,
      inbound: true,
      connection: true,
    },
    form: [
      {
        name: 'host',
        type: 'text',
        label: { ru: 'Сервер', en: 'Host' },
        hint: { ru: 'Имя или адрес без порта.', en: 'A name or an address without the port.' },
        placeholder: 'smpp.example.com',
        required: true,
      },
      { name: 'port', type: 'number', label: { ru: 'Порт', en: 'Port' }, placeholder: '2775', required: true },
      {
        name: 'systemId',
        type: 'text',
        label: { ru: 'Логин (system_id)', en: 'Login (system_id)' },
        hint: { ru: 'До 15 символов.', en: 'Up to 15 characters.' },
        required: true,
      },
      {
        name: 'password',
        type: 'secret',
        label: { ru: 'Пароль', en: 'Password' },
        hint: {
          ru: 'Многие серверы принимают только 8 символов.',
          en: 'Many servers take no more than 8 characters.',
        },
        required: true,
      },
      {
        name: 'systemType',
        type: 'text',
        label: { ru: 'Тип системы (system_type)', en: 'System type (system_type)' },
        hint: { ru: 'Обычно пусто.', en: 'Usually empty.' },
        required: false,
      },
      {
        name: 'source',
        type: 'text',
        label: { ru: 'Имя отправителя', en: 'Sender' },
        hint: {
          ru: 'Имя до 11 латинских букв и цифр или номер, согласованные с провайдером. Пусто: имя по умолчанию.',
          en: 'A name of up to 11 Latin letters and digits or a number, as agreed with the provider. Empty: their default.',
        },
        required: false,
      },
      { name: 'tls', type: 'yes-no', label: { ru: 'Шифрование (TLS)', en: 'Encryption (TLS)' }, required: false },
      {
        name: 'window',
        type: 'number',
        label: { ru: 'Окно', en: 'Window' },
        hint: {
          ru: 'Сколько сообщений могут одновременно ждать ответа сервера. Обычно 10.',
          en: 'How many messages may wait for the answer of the server at once. Usually 10.',
        },
        placeholder: '10',
        required: false,
      },
      {
        name: 'idFormat',
        type: 'select',
        label: { ru: 'Номера сообщений в отчётах', en: 'Message ids in receipts' },
        hint: {
          ru: 'Если отчёты о доставке приходят, но сообщения не меняют статус, выберите другой вариант.',
          en: 'If receipts come but messages keep their status, choose another one.',
        },
        required: false,
        options: [
          { value: 'same', label: { ru: 'Как в ответе на отправку', en: 'As in the answer to the submit' } },
          {
            value: 'hex-answer',
            label: { ru: 'Десятичные, а в ответе шестнадцатеричные', en: 'Decimal, hexadecimal in the answer' },
          },
          {
            value: 'hex-receipt',
            label: { ru: 'Шестнадцатеричные, а в ответе десятичные', en: 'Hexadecimal, decimal in the answer' },
          },
        ],
      },
    ],
  },
  config: SmppConfig,
  secretNames: ['password'],
  connect: (config, context, events) => connectLine(config, context, events),
};
