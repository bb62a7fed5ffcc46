import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Principal } from '../accounts/principal.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { type ApiError, invalid } from './problem.ts';

/** The query parameters of every list; spread into the list's own: `z.strictObject({ ...pageQuery, stageId: … })`. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many items at most, 1 to 200'),
  cursor: z.string().max(1000).optional().describe('nextCursor of the answer before'),
};

/** The same for a list that is short enough to be given whole. */
export const wholeQuery = z.strictObject({ ...pageQuery, limit: pageQuery.limit.default(200) });

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

/** Ids of ours, of every kind; anybody can write a cursor by hand, so what it names is checked before a query sees it. */
const TEXT_ID = /^[\w.-]{1,100}$/;

/** Ids that are numbers in the database. */
export const NUMBER_ID = /^\d{1,15}$/;

/** The id behind which the page starts, or undefined without a cursor. A broken one, or one of another list or workspace, is refused. */
export function decodeCursor(scope: CursorScope, cursor: string | undefined, id = TEXT_ID): string | undefined {
  if (cursor === undefined) return undefined;
  const parsed = Cursor.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data[0] !== scopeMark(scope) || !id.test(parsed.data[1])) throw invalidCursor();
  return parsed.data[1];
}

/** Cuts a page out of `limit + 1` rows: the extra row only tells that there is more. */
export function toPage<Row extends { id: string | number }>(
  rows: readonly Row[],
  { scope, limit }: { scope: CursorScope; limit: number },
): { items: Row[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(scope, last.id) : null };
}

/** Cuts the page that a request asks for out of a list that was read whole. */
export function pageOfWhole<Row extends { id: string }>(
  request: { principal: Pick<Principal, 'workspaceId'>; query: z.infer<typeof wholeQuery> },
  list: string,
  rows: readonly Row[],
): { items: Row[]; nextCursor: string | null } {
  const { limit, cursor } = request.query;
  const scope = { workspaceId: request.principal.workspaceId, list };
  const after = decodeCursor(scope, cursor);
  const before = rows.findIndex((row) => row.id === after);
  if (after !== undefined && before === -1) throw invalidCursor();
  return toPage(rows.slice(before + 1), { scope, limit });
}

function encodeCursor(scope: CursorScope, id: string | number): string {
  return Buffer.from(JSON.stringify([scopeMark(scope), String(id)])).toString('base64url');
}

function invalidCursor(): ApiError {
  return invalid([{ path: 'query.cursor', code: 'invalid-cursor' }]);
}

const Cursor = z.tuple([z.string(), z.string()]);

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
