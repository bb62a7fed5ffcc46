import type { Field } from '../fields.ts';
import type { PhoneType } from '../lead.ts';

/** What a column of a file holds. */
export type Column =
  | { holds: 'title' | 'name' | 'email' | 'source' | 'comment' }
  | { holds: 'phone'; type: PhoneType }
  | { holds: 'field'; field: Field }
  | { holds: 'nothing' };

/** How people and other programs head their columns, in lower case, without signs. */
const HEADERS: [Column, string[]][] = [
  [
    { holds: 'phone', type: 'WORK' },
    [
      'телефон',
      'тел',
      'телефоны',
      'номер',
      'номер телефона',
      'контактный телефон',
      'рабочий телефон',
      'тел раб',
      'телефон рабочий',
      'phone',
      'phones',
      'tel',
      'telephone',
      'phone number',
      'work phone',
      'whatsapp',
      'ватсап',
      'вотсап',
    ],
  ],
  [
    { holds: 'phone', type: 'MOBILE' },
    [
      'мобильный',
      'мобильный телефон',
      'моб',
      'моб тел',
      'моб телефон',
      'сотовый',
      'телефон мобильный',
      'mobile',
      'mobile phone',
      'cell',
      'cell phone',
    ],
  ],
  [{ holds: 'phone', type: 'HOME' }, ['домашний', 'домашний телефон', 'телефон домашний', 'дом тел', 'home phone']],
  [{ holds: 'phone', type: 'MAILING' }, ['телефон для рассылок', 'номер для рассылок', 'mailing phone']],
  [
    { holds: 'phone', type: 'OTHER' },
    ['другой телефон', 'телефон другой', 'доп телефон', 'дополнительный телефон', 'other phone'],
  ],
  [
    { holds: 'name' },
    [
      'имя',
      'фио',
      'ф и о',
      'фамилия',
      'отчество',
      'клиент',
      'контакт',
      'контактное лицо',
      'имя клиента',
      'имя фамилия',
      'фамилия имя',
      'name',
      'full name',
      'fullname',
      'first name',
      'middle name',
      'last name',
      'contact',
      'contact name',
      'client',
      'customer',
    ],
  ],
  [
    { holds: 'email' },
    ['email', 'e mail', 'mail', 'почта', 'эл почта', 'электронная почта', 'имейл', 'емейл', 'email address'],
  ],
  [
    { holds: 'title' },
    ['название', 'название лида', 'заголовок', 'тема', 'лид', 'title', 'lead', 'lead title', 'subject', 'deal'],
  ],
  [{ holds: 'source' }, ['источник', 'откуда', 'канал', 'source', 'lead source', 'utm source', 'channel']],
  [
    { holds: 'comment' },
    [
      'комментарий',
      'комментарии',
      'примечание',
      'заметка',
      'сообщение',
      'comment',
      'comments',
      'note',
      'notes',
      'message',
    ],
  ],
];

const KNOWN = new Map(HEADERS.flatMap(([column, names]) => names.map((name) => [name, column] as const)));

/** Says for each head what its column holds. Own fields (by code or name) come first: whoever made a field «Источник» means it. */
export function matchColumns(header: readonly string[], fields: readonly Field[]): Column[] {
  const own = new Map(
    fields.flatMap(
      (field) =>
        [
          [plain(field.name), field],
          [field.code, field],
        ] as const,
    ),
  );
  return header.map((head) => {
    const field = own.get(head.trim()) ?? own.get(plain(head));
    if (field) return { holds: 'field', field };
    return KNOWN.get(plain(head)) ?? KNOWN.get(plain(head).replace(/ \d+$/, '')) ?? { holds: 'nothing' };
  });
}

function plain(head: string): string {
  return head
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
