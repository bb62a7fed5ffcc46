import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildLeadView } from '../../../test/build-lead-view.ts';
import { requireKind, robotKinds, settingsJsonSchema } from '../catalogue.ts';
import type { LeadView } from '../kind.ts';
import { renderText } from '../template.ts';

const phone = { pick: 'first' };
const view = buildLeadView();
const nobody = buildLeadView({ phones: [] });

function act(kind: string, settings: object, lead: LeadView = view): unknown {
  const found = requireKind(kind);
  return found.act(found.settings.parse(settings), lead, (text) => renderText(text, lead));
}

describe('the catalogue', () => {
  test('has every kind of the folder', () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter((name) => !name.includes('.test.'));
    expect([...robotKinds.keys()].map((id) => `${id.replace('.', '-')}.ts`).sort()).toEqual(files.sort());
  });

  test('has the names that Bitrix24 users know', () => {
    expect([...robotKinds.values()].map((kind) => [kind.id, kind.label.ru])).toEqual([
      ['whatsapp.check', 'Проверка WhatsApp на номере'],
      ['whatsapp.message', 'WhatsApp - Отправка сообщения'],
      ['whatsapp.file', 'WhatsApp - Отправка файла'],
      ['sms.message', 'Отправить SMS клиенту'],
      ['lead.update', 'Изменить элемент'],
      ['lead.move', 'Изменить стадию'],
    ]);
    expect(requireKind('whatsapp.check').results[0]).toMatchObject({
      code: 'exists',
      label: { ru: 'Номер существует?' },
    });
  });

  test.each([...robotKinds.values()])('$id describes each of its settings, in its form and its schema', (kind) => {
    const schema = settingsJsonSchema(kind) as { properties: Record<string, unknown> };
    expect(kind.form.map((field) => field.name).sort()).toEqual(Object.keys(schema.properties).sort());
  });

  test('knows nothing of other kinds', () => {
    expect(() => requireKind('telegram.message')).toThrow('telegram.message');
  });
});

describe('whatsapp.check', () => {
  test('checks the numbers it picks, waiting ten minutes for a line unless told otherwise', () => {
    expect(act('whatsapp.check', { phone })).toEqual({
      do: 'check',
      numbers: { phones: ['+79001234567'], choose: 'all' },
      lineId: null,
      timeoutSeconds: 600,
    });
    expect(act('whatsapp.check', { phone, lineId: 'line_1', timeoutSeconds: 5 })).toMatchObject({
      lineId: 'line_1',
      timeoutSeconds: 5,
    });
  });

  test('ends with E, never N, for a lead without a phone', () => {
    const error = 'У лида нет телефона';
    expect(act('whatsapp.check', { phone }, nobody)).toEqual({
      do: 'end',
      status: 'failed',
      results: { exists: 'E', error },
      error,
    });
  });
});

describe.each([
  ['whatsapp.message', 'whatsapp'],
  ['sms.message', 'sms'],
])('%s', (kind, medium) => {
  const settings = { lineId: 'line_1', phone, text: 'Здравствуйте, {{ lead.name }}!' };

  test('sends the rendered text', () => {
    expect(act(kind, settings)).toEqual({
      do: 'send',
      medium,
      numbers: { phones: ['+79001234567'], choose: 'all' },
      lineId: 'line_1',
      content: { kind: 'text', text: 'Здравствуйте, Анна!' },
      timeoutSeconds: 600,
    });
  });

  test.each([
    ['no phone', settings, nobody, 'У лида нет телефона'],
    [
      'no phone of the type',
      { ...settings, phone: { pick: 'type', type: 'MOBILE' } },
      view,
      'У лида нет телефона этого типа: мобильный',
    ],
    ['an empty text', { ...settings, text: '{{ lead.email }} ' }, view, 'Текст пуст: отправлять нечего'],
    [
      'a text that grows too long',
      { ...settings, text: '{{ field.long }}'.repeat(6) },
      buildLeadView({ fields: { long: 'x'.repeat(4_000) } }),
      'Текст робота получился слишком длинным или сложным',
    ],
    ['an error in English', settings, { ...nobody, language: 'en' } as LeadView, 'The lead has no phone'],
  ])('ends with E for %s', (_, given, lead, error) => {
    const results = { sent: 'E', error, messageId: null, delivered: null };
    expect(act(kind, given, lead)).toEqual({ do: 'end', status: 'failed', results, error });
  });
});

describe('whatsapp.file', () => {
  const base = { lineId: 'line_1', phone };

  test('sends a link with a caption', () => {
    const settings = {
      ...base,
      url: ' https://example.com/{{ lead.name | url_encode }}.pdf ',
      caption: '{{ lead.name }}',
    };
    expect(act('whatsapp.file', settings)).toMatchObject({
      do: 'send',
      content: { kind: 'file', caption: 'Анна', source: { url: 'https://example.com/%D0%90%D0%BD%D0%BD%D0%B0.pdf' } },
    });
  });

  test('sends an uploaded file; an empty caption is none', () => {
    expect(act('whatsapp.file', { ...base, fileId: 'file_1', url: '', caption: '{{ lead.email }}' })).toMatchObject({
      do: 'send',
      content: { kind: 'file', caption: null, source: { fileId: 'file_1' } },
    });
  });

  test.each([
    ['{{ lead.email }}', /^Ссылка на файл не начинается/],
    ['{{ field.link }}', /^Ссылка ведёт на страницу/],
    ['{{ lead }}', /^Ошибка в тексте/],
  ])('ends with E when %s gives no direct link', (url, error) => {
    const lead = buildLeadView({ fields: { link: 'https://yadi.sk/d/abc' } });
    expect(act('whatsapp.file', { ...base, url }, lead)).toMatchObject({
      do: 'end',
      results: { sent: 'E' },
      error: expect.stringMatching(error),
    });
  });

  test('ends with E when the caption cannot be rendered', () => {
    expect(act('whatsapp.file', { ...base, fileId: 'file_1', caption: '{{ lead }}' })).toMatchObject({ do: 'end' });
  });
});

describe('lead.update', () => {
  test('renders what is written', () => {
    const settings = {
      changes: [
        { field: 'number_exists', value: '{{ check.exists }}' },
        { field: 'lead.name', value: null },
      ],
    };
    expect(act('lead.update', settings, buildLeadView({ results: { check: { exists: 'N' } } }))).toEqual({
      do: 'update',
      changes: [
        { field: 'field.number_exists', value: 'N' },
        { field: 'lead.name', value: '' },
      ],
    });
  });

  test('writes nothing when one value cannot be rendered', () => {
    const changes = [
      { field: 'a', value: 'x' },
      { field: 'b', value: '{{ lead }}' },
    ];
    expect(act('lead.update', { changes })).toMatchObject({ do: 'end', status: 'failed' });
  });
});

test('lead.move moves', () => {
  expect(act('lead.move', { stageId: 'stage_2' })).toEqual({ do: 'move', stageId: 'stage_2' });
});
