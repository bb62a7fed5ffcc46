import { describe, expect, test } from 'vitest';
import type { Language } from '../../accounts/principal.ts';
import { type MessageIdFormat, normaliseAnswerId, parseReceipt } from './receipt.ts';

const KANNEL = 'id:0a1b sub:001 dlvrd:001 submit date:2607311200 done date:2607311201 stat:DELIVRD err:000 text:Hello';

function parse(
  text: string,
  fields: { id?: string; state?: number; format?: MessageIdFormat; language?: Language } = {},
) {
  return parseReceipt(
    { text, receiptedMessageId: fields.id ?? null, messageState: fields.state ?? null },
    fields.format ?? 'same',
    fields.language ?? 'en',
  );
}

describe('parseReceipt', () => {
  test('reads the text of a receipt', () => {
    expect(parse(KANNEL)).toEqual({
      type: 'receipt',
      eventKey: 'a1b:DELIVRD',
      providerId: 'a1b',
      status: 'delivered',
      occurredAt: null,
    });
  });

  test.each([
    ['DELIVRD', 'delivered'],
    ['DELIVERED', 'delivered'],
    ['EXPIRED', 'failed'],
    ['DELETED', 'failed'],
    ['UNDELIV', 'failed'],
    ['REJECTD', 'failed'],
    ['ACCEPTD', 'accepted'],
    ['ENROUTE', 'accepted'],
    ['BUFFRED', 'accepted'],
    ['UNKNOWN', 'accepted'],
    ['WHATEVER', 'accepted'],
  ])('stat %s is %s', (state, status) => {
    expect(parse(`id:1 stat:${state}`)?.status).toBe(status);
  });

  test.each([
    [1, 'accepted'],
    [2, 'delivered'],
    [3, 'failed'],
    [5, 'failed'],
    [7, 'accepted'],
    [8, 'failed'],
  ])('message_state %d is %s', (state, status) => {
    expect(parse('', { id: '1', state })?.status).toBe(status);
  });

  test('a failure tells state and code', () => {
    const undelivered = 'The SMS was not delivered: UNDELIV (err 01B). Check the number of the lead';
    expect(parse('id:1 stat:UNDELIV err:01B')?.error).toBe(undelivered);
    const expired = 'СМС не доставлено за отведённое время: EXPIRED. Телефон был выключен или вне сети';
    expect(parse('id:1 stat:EXPIRED err:000', { language: 'ru' })?.error).toBe(expired);
    const rejected = 'Оператор отклонил СМС: REJECTD. Спросите провайдера, почему';
    expect(parse('id:1 stat:REJECTD', { language: 'ru' })?.error).toBe(rejected);
    expect(parse(KANNEL)).not.toHaveProperty('error');
  });

  test('case, order and spaces do not matter', () => {
    expect(parse('STAT: delivrd ERR:000 ID: 77 Text:x')).toMatchObject({ providerId: '77', status: 'delivered' });
    expect(parse('text:Hi stat:EXPIRED id:5')).toMatchObject({ providerId: '5', status: 'failed' });
  });

  test("the customer's own words are not taken for fields", () => {
    expect(parse('id:5 stat:UNDELIV err:1 text:stat:DELIVRD id:6')).toMatchObject({
      providerId: '5',
      status: 'failed',
    });
  });

  test('what names no message or no state is no receipt', () => {
    expect(parse('Good morning')).toBeNull();
    expect(parse('stat:DELIVRD')).toBeNull();
    expect(parse('', { id: '1' })).toBeNull();
  });

  test('an id in the field wins over the text where both are written alike', () => {
    expect(parse('id:2571 stat:DELIVRD', { id: 'A0B' })?.providerId).toBe('a0b');
  });

  test.each<[MessageIdFormat, string, string]>([
    ['hex-answer', '0A0B', '0000002571'],
    ['hex-receipt', '2571', 'a0b'],
    ['same', '00A0B', 'a0b'],
    ['same', 'e2c1A-Z', 'e2c1A-Z'],
    ['hex-answer', 'FFFFFFFFFFFFFFFF', '18446744073709551615'],
  ])('%s: answer %s and receipt %s are one message', (format, answer, receipt) => {
    expect(parse(`id:${receipt} stat:DELIVRD`, { format })?.providerId).toBe(normaliseAnswerId(answer, format));
  });

  test('a field beside a decimal text does not mislead', () => {
    expect(parse('id:2571 stat:DELIVRD', { id: 'A0B', format: 'hex-answer' })?.providerId).toBe('2571');
    expect(parse('id:2571 stat:DELIVRD', { id: '2571', format: 'hex-answer' })?.providerId).toBe('2571');
    expect(parse('', { id: 'A0B', state: 2, format: 'hex-answer' })?.providerId).toBe('2571');
  });

  test('letter case of ids that are no numbers is kept: they may differ only in it', () => {
    expect(parse('id:xYz stat:DELIVRD')?.providerId).toBe('xYz');
  });
});
