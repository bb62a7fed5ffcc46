import type { Db, Tx } from '../db/pool.ts';
import { reorder } from '../db/reorder.ts';
import { type FieldId, newId, type WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { makeFieldCode } from './field-code.ts';
import type { FieldType } from './field-value.ts';
import { lockWorkspace } from './find-robot-uses.ts';

/** An own field of a workspace's leads. `code` is what texts and conditions refer to; it never changes. */
export interface Field {
  id: FieldId;
  code: string;
  name: string;
  type: FieldType;
  /** The values of a list field; empty for other types. */
  options: string[];
  /** Shown on the card of the board. */
  onCard: boolean;
}

export interface NewField {
  code: string | null;
  name: string;
  type: FieldType;
  options: string[];
  onCard: boolean;
}

export type FieldPatch = { [Key in 'name' | 'options' | 'onCard']?: Field[Key] | undefined };

export const MAX_FIELDS = 200;

const COLUMNS = 'id, code, name, type, options, on_card as "onCard"';

/** The fields in the order of the card. */
export async function listFields(db: Db, workspaceId: WorkspaceId): Promise<Field[]> {
  const { rows } = await db.query<Field>(
    `select ${COLUMNS} from fields where workspace_id = $1 order by position, id`,
    [workspaceId],
  );
  return rows;
}

/** Adds a field below the others. Whoever adds at the same time waits, so that names, codes and places stay apart. */
export async function createField(
  tx: Tx,
  workspaceId: WorkspaceId,
  field: NewField,
): Promise<Result<Field, 'code-taken' | 'name-taken' | 'too-many'>> {
  await lockWorkspace(tx, workspaceId);
  const others = await listFields(tx, workspaceId);
  if (others.length >= MAX_FIELDS) return fail('too-many');
  if (others.some((other) => other.name === field.name)) return fail('name-taken');
  const codes = new Set(others.map((other) => other.code));
  if (field.code !== null && codes.has(field.code)) return fail('code-taken');
  const { rows } = await tx.query<Field>(
    `insert into fields (workspace_id, id, code, name, type, options, on_card, position)
     select $1, $2, $3, $4, $5, $6, $7, coalesce(max(position) + 1, 0) from fields where workspace_id = $1
     returning ${COLUMNS}`,
    [
      workspaceId,
      newId('field'),
      field.code ?? makeFieldCode(field.name, codes),
      field.name,
      field.type,
      JSON.stringify(field.options),
      field.onCard,
    ],
  );
  return ok(rows[0] as Field);
}

/** Changes what may change of a field: the type and the code stay, since leads and robots hold to them. */
export async function updateField(
  tx: Tx,
  workspaceId: WorkspaceId,
  fieldId: string,
  patch: FieldPatch,
): Promise<Result<Field, 'not-found' | 'name-taken'>> {
  await lockWorkspace(tx, workspaceId);
  const taken = await tx.query('select 1 from fields where workspace_id = $1 and id <> $2 and name = $3', [
    workspaceId,
    fieldId,
    patch.name ?? null,
  ]);
  if (taken.rows.length > 0) return fail('name-taken');
  const { rows } = await tx.query<Field>(
    `update fields set name = coalesce($3, name), options = coalesce($4, options), on_card = coalesce($5, on_card)
     where workspace_id = $1 and id = $2 returning ${COLUMNS}`,
    [
      workspaceId,
      fieldId,
      patch.name ?? null,
      patch.options ? JSON.stringify(patch.options) : null,
      patch.onCard ?? null,
    ],
  );
  return rows[0] ? ok(rows[0]) : fail('not-found');
}

/** Deletes a field with its values. One that robots of some stage read or write stays. */
export async function deleteField(
  tx: Tx,
  workspaceId: WorkspaceId,
  fieldId: string,
): Promise<'deleted' | 'not-found' | 'in-use'> {
  await lockWorkspace(tx, workspaceId);
  const { rows } = await tx.query<{ code: string; name: string }>(
    'select code, name from fields where workspace_id = $1 and id = $2',
    [workspaceId, fieldId],
  );
  const field = rows[0];
  if (!field) return 'not-found';
  if (await isUsedByRobots(tx, workspaceId, field)) return 'in-use';
  await tx.query('update leads set fields = fields - $2 where workspace_id = $1 and fields ? $2', [
    workspaceId,
    field.code,
  ]);
  await tx.query('delete from fields where workspace_id = $1 and id = $2', [workspaceId, fieldId]);
  return 'deleted';
}

/** Puts the fields into the order of the ids, which must be all of them, each once. */
export async function reorderFields(
  tx: Tx,
  workspaceId: WorkspaceId,
  fieldIds: string[],
): Promise<'reordered' | 'not-all'> {
  await lockWorkspace(tx, workspaceId);
  return reorder(tx, 'fields', workspaceId, fieldIds);
}

/** In the robots' JSON a field is `field.code` in conditions and texts, `"field": "code"` in changes, or its name in `Поля["…"]`. */
async function isUsedByRobots(
  tx: Tx,
  workspaceId: WorkspaceId,
  field: { code: string; name: string },
): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from stages join robot_lists list on list.workspace_id = stages.workspace_id
       and list.stage_id = stages.id and list.version = stages.robots_version
     where stages.workspace_id = $1 and (list.robots::text ~ ('\\mfield\\.' || $2 || '\\M')
       or list.robots::text ~ ('"field": "' || $2 || '"') or strpos(list.robots::text, $3) > 0) limit 1`,
    [workspaceId, field.code, JSON.stringify(`Поля[${JSON.stringify(field.name)}]`).slice(1, -1)],
  );
  return rows.length > 0;
}
