import { z } from 'zod';
import { isStorable } from '../../lib/storable-text.ts';
import { parseFieldValue } from '../field-value.ts';
import type { FieldValue, Phone, PhoneType } from '../lead.ts';
import { parsePhone } from '../phone-number.ts';
import type { ValueProblem } from '../problem-texts.ts';
import type { Column } from './columns.ts';
import type { CsvTable } from './read-csv.ts';

/** A row that may become a lead. */
export interface ImportRow {
  row: number;
  title: string | null;
  name: string | null;
  email: string | null;
  source: string | null;
  comment: string | null;
  phones: Phone[];
  fields: Record<string, FieldValue>;
}

/** A row that stays outside, and why. `column` is the head as the file writes it; null when it is the whole row. */
export interface Rejection {
  row: number;
  column: string | null;
  value: string;
  code: ValueProblem;
}

const MAX_PHONES = 50;
const MAX_LENGTHS = { title: 300, name: 200, email: 254, source: 200, comment: 4_000 } as const;
const Email = z.email();

/** Reads every row; a row with any wrong value is rejected whole, so that nothing is lost on the way unnoticed. */
export function readRows(
  table: CsvTable,
  columns: readonly Column[],
  country: string,
): { rows: ImportRow[]; rejected: Rejection[] } {
  const rows: ImportRow[] = [];
  const rejected: Rejection[] = [];
  for (const { row, cells } of table.rows) {
    const read = readRow(row, cells, columns, country);
    if ('code' in read)
      rejected.push({
        row,
        column: table.header[read.at] ?? null,
        value: shorten(cells[read.at] ?? ''),
        code: read.code,
      });
    else rows.push(read);
  }
  return { rows, rejected };
}

/** The place and kind of the first wrong value of a row; `at` is -1 for the whole row. */
interface Wrong {
  at: number;
  code: ValueProblem;
}

function readRow(row: number, cells: string[], columns: readonly Column[], country: string): ImportRow | Wrong {
  const lead: ImportRow = {
    row,
    title: null,
    name: null,
    email: null,
    source: null,
    comment: null,
    phones: [],
    fields: {},
  };
  for (const [at, cell] of cells.entries()) {
    if (cell === '') continue;
    const column = columns[at];
    if (!column) return { at: -1, code: 'row.too-many-cells' };
    if (!isStorable(cell)) return { at, code: 'text.forbidden' };
    const code = readCell(lead, column, cell, country);
    if (code !== null) return { at, code };
  }
  if (lead.phones.length > MAX_PHONES) return { at: -1, code: 'row.too-many-phones' };
  return lead.phones.length === 0 && lead.email === null ? { at: -1, code: 'row.no-contact' } : lead;
}

function readCell(lead: ImportRow, column: Column, cell: string, country: string): ValueProblem | null {
  switch (column.holds) {
    case 'nothing':
      return null;
    case 'phone':
      return readPhones(lead, column.type, cell, country);
    case 'field': {
      const value = parseFieldValue(column.field, cell);
      if (!value.ok) return value.error;
      if (value.value !== null) lead.fields[column.field.code] = value.value;
      return null;
    }
    default:
      return readText(lead, column.holds, cell);
  }
}

/** Several columns may make one value: «Фамилия», «Имя», «Отчество». */
function readText(lead: ImportRow, holds: keyof typeof MAX_LENGTHS, cell: string): ValueProblem | null {
  const text = lead[holds] === null ? cell : `${lead[holds]} ${cell}`;
  if (text.length > MAX_LENGTHS[holds]) return 'text.too-long';
  if (holds === 'email' && !Email.safeParse(text).success) return 'email.invalid';
  lead[holds] = text;
  return null;
}

function readPhones(lead: ImportRow, type: PhoneType, cell: string, country: string): ValueProblem | null {
  // A rounded number has a comma of its own.
  const parts = /e\+/i.test(cell) ? [cell] : cell.split(/[,;/|\n]+/).filter((part) => part.trim() !== '');
  for (const part of parts) {
    const phone = parsePhone(part, country);
    if (!phone.ok) return phone.error;
    if (!lead.phones.some((other) => other.value === phone.value)) lead.phones.push({ value: phone.value, type });
  }
  return null;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
