import { z } from 'zod';

/** Raised when an older Otklik could not read the archive. */
export const FORMAT = 1;

/** The first file of an archive. Tables stand in the order in which they can be loaded. */
export const Manifest = z.object({
  product: z.literal('otklik'),
  format: z.number().int(),
  version: z.string(),
  /** The number of the newest migration of the database. */
  migration: z.number().int().positive(),
  createdAt: z.iso.datetime(),
  tables: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()).min(1), rows: z.number().int().nonnegative() }),
  ),
});
export type Manifest = z.infer<typeof Manifest>;
export type TableDump = Manifest['tables'][number];

export const MANIFEST_NAME = 'manifest.json';
export const SECRET_KEY_NAME = 'secret.key';

/**
 * The name of one piece of a table, `tables/003-leads.copy.000001`. A tar entry says its size first, which a table does not
 * know; pieces one after the other are the table as `COPY … TO STDOUT` gave it.
 */
export function pieceName(table: number, name: string, piece: number): string {
  return `tables/${String(table).padStart(3, '0')}-${name}.copy.${String(piece).padStart(6, '0')}`;
}

/** The command that copies exactly these columns, out or in. */
export function copyCommand(table: Pick<TableDump, 'name' | 'columns'>, direction: 'to stdout' | 'from stdin'): string {
  return `copy ${quote(table.name)} (${table.columns.map(quote).join(', ')}) ${direction}`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
