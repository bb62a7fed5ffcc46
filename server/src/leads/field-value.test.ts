import { describe, expect, it } from 'vitest';
import { makeFieldCode } from './field-code.ts';
import { type FieldType, parseFieldValue } from './field-value.ts';

const parse = (type: FieldType, raw: unknown) => parseFieldValue({ type, options: ['Базовый', 'Полный'] }, raw);

describe('parseFieldValue', () => {
  it.each<[FieldType, unknown, unknown]>([
    ['string', '  Y ', 'Y'],
    ['string', 7, '7'],
    ['number', '1 200,50', 1200.5],
    ['number', -3, -3],
    ['yes-no', 'Да', true],
    ['yes-no', 'n', false],
    ['date', '29.02.2028', '2028-02-29'],
    ['date', '2026-12-31', '2026-12-31'],
    ['list', 'базовый', 'Базовый'],
    ['list', '', null],
    ['number', null, null],
  ])('reads a %s %j', (type, raw, value) => {
    expect(parse(type, raw)).toEqual({ ok: true, value });
  });

  it.each<[FieldType, unknown, string]>([
    ['string', true, 'field.not-a-text'],
    ['string', 'a\0b', 'field.not-a-text'],
    ['string', 'a'.repeat(4_001), 'field.too-long'],
    ['number', '1e5', 'field.not-a-number'],
    ['number', Number.NaN, 'field.not-a-number'],
    ['number', true, 'field.not-a-number'],
    ['yes-no', 'возможно', 'field.not-yes-or-no'],
    ['date', '29.02.2027', 'field.not-a-date'],
    ['date', '2026-13-01', 'field.not-a-date'],
    ['date', 20_261_231, 'field.not-a-date'],
    ['list', 'Другой', 'field.not-an-option'],
  ])('refuses a %s %j', (type, raw, error) => {
    expect(parse(type, raw)).toEqual({ ok: false, error });
  });
});

it('makes codes from names', () => {
  const taken = new Set(['nomer_suschestvuet']);
  expect(makeFieldCode('Номер существует?', new Set())).toBe('nomer_suschestvuet');
  expect(makeFieldCode('Номер существует?', taken)).toBe('nomer_suschestvuet_2');
  expect(makeFieldCode('1-й шаг', new Set())).toBe('field_1_y_shag');
  expect(makeFieldCode('???', new Set())).toBe('field');
  expect(makeFieldCode('ж'.repeat(100), new Set())).toMatch(/^[a-z][a-z0-9_]{49}$/);
});
