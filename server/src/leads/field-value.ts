import { fail, ok, type Result } from '../lib/result.ts';
import { isStorable } from '../lib/storable-text.ts';
import type { FieldValue } from './lead.ts';

export const FIELD_TYPES = ['string', 'number', 'yes-no', 'date', 'list'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export type FieldProblem =
  | 'field.not-a-text'
  | 'field.too-long'
  | 'field.not-a-number'
  | 'field.not-yes-or-no'
  | 'field.not-a-date'
  | 'field.not-an-option';

const MAX_TEXT = 4_000;
const YES = new Set(['да', 'yes', 'true', '1', 'y', 'д', '+']);
const NO = new Set(['нет', 'no', 'false', '0', 'n', 'н', '-']);

/**
 * Reads what a form, a file or a robot gives for a field: numbers and dates also as people write them (`1 200,50`, `31.12.2026`).
 * Nothing (null, an empty text) empties the field.
 */
export function parseFieldValue(
  field: { type: FieldType; options: readonly string[] },
  raw: unknown,
): Result<FieldValue, FieldProblem> {
  const value = typeof raw === 'string' ? raw.trim() : raw;
  if (value === null || value === undefined || value === '') return ok(null);
  switch (field.type) {
    case 'string':
      return parseText(value);
    case 'number':
      return parseNumber(value);
    case 'yes-no':
      return parseYesNo(value);
    case 'date':
      return parseDate(value);
    case 'list':
      return parseOption(value, field.options);
  }
}

function parseText(value: unknown): Result<FieldValue, FieldProblem> {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !isStorable(text)) return fail('field.not-a-text');
  return text.length > MAX_TEXT ? fail('field.too-long') : ok(text);
}

function parseNumber(value: unknown): Result<FieldValue, FieldProblem> {
  if (typeof value === 'number') return Number.isFinite(value) ? ok(value) : fail('field.not-a-number');
  if (typeof value !== 'string') return fail('field.not-a-number');
  const text = value.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  return /^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})$/.test(text) ? ok(Number(text)) : fail('field.not-a-number');
}

function parseYesNo(value: unknown): Result<FieldValue, FieldProblem> {
  if (typeof value === 'boolean') return ok(value);
  const text = String(value).toLowerCase();
  if (YES.has(text)) return ok(true);
  return NO.has(text) ? ok(false) : fail('field.not-yes-or-no');
}

function parseDate(value: unknown): Result<FieldValue, FieldProblem> {
  if (typeof value !== 'string') return fail('field.not-a-date');
  const local = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(value);
  const date = local ? `${local[3]}-${local[2]?.padStart(2, '0')}-${local[1]?.padStart(2, '0')}` : value;
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(date)) return fail('field.not-a-date');
  const time = Date.parse(`${date}T00:00:00Z`);
  const exists = !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
  return exists ? ok(date) : fail('field.not-a-date');
}

function parseOption(value: unknown, options: readonly string[]): Result<FieldValue, FieldProblem> {
  const text = String(value);
  const option = options.find((one) => one === text) ?? options.find((one) => one.toLowerCase() === text.toLowerCase());
  return option === undefined ? fail('field.not-an-option') : ok(option);
}
