import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { fail, ok, type Result } from '../../lib/result.ts';

export const MAX_CSV_BYTES = 10 * 1024 * 1024;
export const MAX_CSV_ROWS = 50_000;

/** A row as spreadsheets number them: the header is row 1. */
export interface CsvRow {
  row: number;
  cells: string[];
}

export interface CsvTable {
  header: string[];
  rows: CsvRow[];
}

export type CsvProblem =
  | { code: 'csv.empty' }
  | { code: 'csv.too-large' }
  | { code: 'csv.too-many-rows' }
  /** An .xlsx, .xls or another binary file under the name of a CSV. */
  | { code: 'csv.not-text' }
  | { code: 'csv.quotes'; row: number }
  | { code: 'csv.no-columns'; header: string[] };

/**
 * Reads a file as spreadsheets of this world write it: UTF-8 or UTF-16 with or without a mark, or windows-1251; separated by
 * semicolons, commas or tabs. Broken quotes end the reading, since what belongs to which row is a guess from there on.
 */
export async function readCsv(bytes: Buffer): Promise<Result<CsvTable, CsvProblem>> {
  if (bytes.length > MAX_CSV_BYTES) return fail({ code: 'csv.too-large' });
  const decoded = decodeText(bytes);
  if (decoded.includes('\0')) return fail({ code: 'csv.not-text' });
  // Excel writes its separator as a first line of its own.
  const announced = /^sep=(.)\r?\n/i.exec(decoded);
  const text = announced ? decoded.slice(announced[0].length) : decoded;
  if (text.trim() === '') return fail({ code: 'csv.empty' });
  return readRecords(text, announced?.[1] ?? detectSeparator(text), announced ? 2 : 1);
}

async function readRecords(text: string, delimiter: string, firstRow: number): Promise<Result<CsvTable, CsvProblem>> {
  const parser = Readable.from(pieces(text), { objectMode: false }).pipe(
    parse({
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
      max_record_size: 1024 * 1024,
    }),
  );
  const rows: CsvRow[] = [];
  let row = firstRow - 1;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      row += 1;
      const cells = record.map((cell) => cell.trim());
      if (cells.some((cell) => cell !== '')) rows.push({ row, cells });
      if (rows.length > MAX_CSV_ROWS + 1) return fail({ code: 'csv.too-many-rows' });
    }
  } catch (error) {
    // Rows that were read before it may still be under way here, so the parser's own count says where it stopped.
    if (error instanceof CsvError) return fail({ code: 'csv.quotes', row: firstRow + Number(error['records'] ?? 0) });
    throw error;
  }
  const header = rows.shift();
  return header && rows.length > 0 ? ok({ header: header.cells, rows }) : fail({ code: 'csv.empty' });
}

/** Pieces small enough that other work gets its turn between two of them. */
function* pieces(text: string): Generator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
}

function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1251').decode(bytes);
  }
}

/** The separator that stands most often in the first line outside of quotes. */
function detectSeparator(text: string): string {
  const [line = ''] = text
    .replace(/"(?:[^"]|"")*"/g, '')
    .trimStart()
    .split(/\r?\n/, 1);
  const counts = [';', ',', '\t'].map((separator) => ({ separator, count: line.split(separator).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).separator;
}
