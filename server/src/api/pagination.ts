import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { WorkspaceId } from '../lib/id.ts';
import { invalid } from './problem.ts';

/** The query parameters of every list; spread into the list's own: `z.strictObject({ ...pageQuery, stageId: … })`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many items at most, 1 to 200'),
  cursor: z.string().max(1000).optional().describe('nextCursor of the answer before'),
};

/** The answer of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Where a cursor belongs: it is good for one list of one workspace with the same filters only. */
export interface CursorScope {
  workspaceId: WorkspaceId;
  list: string;
  /** The filters of the list; another filter makes another list. */
  filters?: Record<string, unknown>;
}

/** The keys of the last item of a page, as the next page's query compares them: strings and numbers. */
export type CursorKeys = readonly (string | number | null)[];

/** An opaque text that stands for a place in a list. */
export function encodeCursor(scope: CursorScope, keys: CursorKeys): string {
  return Buffer.from(JSON.stringify([scopeMark(scope), ...keys])).toString('base64url');
}

/** The keys of a cursor, or null without one. A broken one, or one of another list or workspace, is refused. */
export function decodeCursor(scope: CursorScope, cursor: string | undefined, keyCount = 1): CursorKeys | null {
  if (cursor === undefined) return null;
  const parsed = Cursor.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[0] !== scopeMark(scope) || parsed.data.length !== keyCount + 1) {
    throw invalid([{ path: 'query.cursor', code: 'invalid-cursor' }]);
  }
  return parsed.data.slice(1);
}

/**
 * Cuts a page out of `limit + 1` rows: the extra row only tells that there is more. `keysOf` gives what the next page
 * starts behind.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  options: { scope: CursorScope; limit: number; keysOf: (row: Row) => CursorKeys; itemOf: (row: Row) => Item },
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, options.limit);
  const last = page.at(-1);
  const nextCursor = rows.length > options.limit && last ? encodeCursor(options.scope, options.keysOf(last)) : null;
  return { items: page.map(options.itemOf), nextCursor };
}

const Cursor = z.tuple([z.string()]).rest(z.union([z.string(), z.number(), z.null()]));

/** Which list a cursor is of. Not a secret: rows are scoped by workspace anyway, this only catches mix-ups. */
function scopeMark(scope: CursorScope): string {
  const filters = Object.entries(scope.filters ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const text = JSON.stringify([scope.workspaceId, scope.list, filters.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
