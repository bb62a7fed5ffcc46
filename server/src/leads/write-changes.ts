import type { Tx } from '../db/pool.ts';
import type { LeadId, WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { type FieldProblem, parseFieldValue } from './field-value.ts';
import { type Field, listFields } from './fields.ts';
import type { Lead } from './lead.ts';
import { readLead } from './lead-store.ts';
import { type LeadChange, type LeadPatch, updateLead } from './update-lead.ts';

/** One change a robot makes: `field` is `lead.<column>` or `field.<code>`, `value` a text as it was rendered. */
export interface TextChange {
  field: string;
  value: string;
}

const OWN_COLUMNS = ['title', 'name', 'email', 'source'] as const;

const PROBLEMS: Record<FieldProblem, string> = {
  'field.not-a-text': 'не текст',
  'field.too-long': 'слишком длинно',
  'field.not-a-number': 'не число',
  'field.not-yes-or-no': 'не да и не нет',
  'field.not-a-date': 'не дата',
  'field.not-an-option': 'нет такого варианта в списке',
};

/** Parses the values by the type of their fields and writes them all, or none and says which value did not fit. */
export async function writeChanges(
  tx: Tx,
  workspaceId: WorkspaceId,
  leadId: LeadId,
  changes: readonly TextChange[],
): Promise<Result<{ changes: LeadChange[]; lead: Lead }, string>> {
  const patch = toPatch(await listFields(tx, workspaceId), changes);
  if (!patch.ok) return patch;
  const written = await updateLead(tx, workspaceId, leadId, patch.value);
  const lead = await readLead(tx, workspaceId, leadId);
  if (written === null || lead === null) return fail('Лид удалён');
  return ok({ changes: written, lead });
}

function toPatch(fields: readonly Field[], changes: readonly TextChange[]): Result<LeadPatch, string> {
  const patch: LeadPatch = { fields: {} };
  for (const change of changes) {
    const column = OWN_COLUMNS.find((name) => change.field === `lead.${name}`);
    if (column !== undefined) {
      patch[column] = change.value.trim() || null;
      continue;
    }
    const field = fields.find((one) => change.field === `field.${one.code}` || change.field === one.code);
    if (field === undefined) return fail(`Поле «${change.field}» удалено`);
    const value = parseFieldValue(field, change.value);
    if (!value.ok) return fail(`Поле «${field.name}»: ${PROBLEMS[value.error]} («${change.value.slice(0, 100)}»)`);
    patch.fields = { ...patch.fields, [field.code]: value.value };
  }
  return ok(patch);
}
