import { z } from 'zod';
import type { Db } from '../db/pool.ts';
import { countryOf } from '../leads/country.ts';
import { parseFieldValue } from '../leads/field-value.ts';
import { listFields } from '../leads/fields.ts';
import { type FieldValue, type NewLead, PHONE_TYPES, type Phone } from '../leads/lead.ts';
import { parsePhone } from '../leads/phone-number.ts';
import { PROBLEM_TEXTS, type ValueProblem } from '../leads/problem-texts.ts';
import type { LeadPatch } from '../leads/update-lead.ts';
import type { StageId, WorkspaceId } from '../lib/id.ts';
import { type FieldError, invalid } from './problem.ts';
import { line } from './schemas.ts';

const Fields = z.record(z.string().max(100), z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]));
const Phones = z
  .array(z.strictObject({ value: z.string().max(100), type: z.enum(PHONE_TYPES).default('WORK') }))
  .max(50);

const common = {
  title: line(300).nullish(),
  name: line(200).nullish(),
  email: z.email().max(254).nullish(),
  source: line(200).nullish(),
  stageId: z.string().max(100).optional(),
  responsibleId: z.string().max(100).nullish(),
  fields: Fields.optional(),
};

/** A lead as it is posted. */
export const NewLeadBody = z.strictObject({ ...common, phones: Phones });
/** What to change of a lead; what is absent stays. */
export const LeadPatchBody = z.strictObject({ ...common, phones: Phones.optional() });

/** Checks a new lead against the workspace: numbers, own fields, stage, responsible. Refuses with everything that is wrong. */
export async function checkNewLead(
  db: Db,
  workspaceId: WorkspaceId,
  body: z.infer<typeof NewLeadBody>,
): Promise<NewLead> {
  const errors: FieldError[] = [];
  const phones = await checkPhones(db, workspaceId, body.phones, errors);
  if (body.phones.length === 0 && !body.email) errors.push({ path: 'phones', ...problem('lead.no-contact') });
  const fields = await checkFields(db, workspaceId, body.fields, errors);
  await checkReferences(db, workspaceId, body, errors);
  if (errors.length > 0) throw invalid(errors);
  const { title, name, email, source, stageId, responsibleId } = body;
  return {
    workspaceId,
    title: title ?? null,
    name: name ?? null,
    email: email ?? null,
    source: source ?? null,
    responsibleId: responsibleId ?? null,
    phones,
    stageId: (stageId as StageId | undefined) ?? null,
    fields,
  };
}

/** Checks what is to be changed of a lead, in the same way. */
export async function checkLeadPatch(
  db: Db,
  workspaceId: WorkspaceId,
  body: z.infer<typeof LeadPatchBody>,
): Promise<{ patch: LeadPatch; stageId: StageId | null }> {
  const errors: FieldError[] = [];
  const { stageId, phones, fields, ...texts } = body;
  const patch: LeadPatch = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));
  if (phones) patch.phones = await checkPhones(db, workspaceId, phones, errors);
  if (fields) patch.fields = await checkFields(db, workspaceId, fields, errors);
  await checkReferences(db, workspaceId, body, errors);
  if (errors.length > 0) throw invalid(errors);
  return { patch, stageId: (stageId as StageId | undefined) ?? null };
}

/** The same number twice counts once. */
async function checkPhones(db: Db, workspaceId: WorkspaceId, given: Phone[], errors: FieldError[]): Promise<Phone[]> {
  const country = await countryOf(db, workspaceId);
  const phones = new Map<string, Phone>();
  for (const [at, phone] of given.entries()) {
    const parsed = parsePhone(phone.value, country);
    if (!parsed.ok) errors.push({ path: `phones[${at}].value`, ...problem(parsed.error) });
    else if (!phones.has(parsed.value)) phones.set(parsed.value, { value: parsed.value, type: phone.type });
  }
  return [...phones.values()];
}

async function checkFields(
  db: Db,
  workspaceId: WorkspaceId,
  given: z.infer<typeof Fields> | undefined,
  errors: FieldError[],
): Promise<Record<string, FieldValue>> {
  if (!given || Object.keys(given).length === 0) return {};
  const known = new Map((await listFields(db, workspaceId)).map((field) => [field.code, field]));
  const values: Record<string, FieldValue> = {};
  for (const [code, raw] of Object.entries(given)) {
    const field = known.get(code);
    if (!field) {
      errors.push({ path: `fields.${code}`, code: 'not-found' });
      continue;
    }
    const value = parseFieldValue(field, raw);
    if (value.ok) values[code] = value.value;
    else errors.push({ path: `fields.${code}`, ...problem(value.error) });
  }
  return values;
}

async function checkReferences(
  db: Db,
  workspaceId: WorkspaceId,
  body: { stageId?: string | undefined; responsibleId?: string | null | undefined },
  errors: FieldError[],
): Promise<void> {
  if (body.stageId !== undefined && !(await stageExists(db, workspaceId, body.stageId)))
    errors.push({ path: 'stageId', code: 'not-found' });
  if (!body.responsibleId) return;
  const members = await db.query('select 1 from members where workspace_id = $1 and user_id = $2', [
    workspaceId,
    body.responsibleId,
  ]);
  if (members.rowCount === 0) errors.push({ path: 'responsibleId', code: 'not-found' });
}

/** Whether the workspace has that stage. */
export async function stageExists(db: Db, workspaceId: WorkspaceId, stageId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'stage-exists',
    text: 'select 1 from stages where workspace_id = $1 and id = $2',
    values: [workspaceId, stageId],
  });
  return rowCount === 1;
}

function problem(code: ValueProblem) {
  return { code, message: PROBLEM_TEXTS[code] };
}
