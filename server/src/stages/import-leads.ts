import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import { countryOf } from '../leads/country.ts';
import { listFields } from '../leads/fields.ts';
import { type Column, matchColumns } from '../leads/import/columns.ts';
import { type Duplicates, type ImportPlan, mergePhones, planImport } from '../leads/import/plan-import.ts';
import { type CsvProblem, readCsv } from '../leads/import/read-csv.ts';
import { type ImportRow, type Rejection, readRows } from '../leads/import/read-rows.ts';
import type { NewLead } from '../leads/lead.ts';
import { findLeadsByPhones, readLead } from '../leads/lead-store.ts';
import { type LeadPatch, updateLead } from '../leads/update-lead.ts';
import type { LeadId, StageId, WorkspaceId } from '../lib/id.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import type { NewTimelineEntry } from '../timeline/timeline-entry.ts';
import { addToTimeline } from '../timeline/write-timeline.ts';
import { countMessages } from './count-messages.ts';
import type { LeadReceiver } from './receive-lead.ts';

const BATCH = 200;

export interface ImportRequest {
  workspaceId: WorkspaceId;
  userId: string | null;
  csv: Buffer;
  duplicates: Duplicates;
  startRobots: boolean;
  /** Null: the first stage. It must exist. */
  stageId: StageId | null;
}

export interface ImportReport {
  created: number;
  updated: number;
  skipped: number;
  rejected: Rejection[];
  /** Heads of columns that nothing was taken from. */
  ignoredColumns: string[];
}

export interface ImportPreview extends ImportReport {
  /** How many messages would leave at most. */
  messages: number;
}

interface Prepared {
  rows: ImportRow[];
  rejected: Rejection[];
  ignoredColumns: string[];
}

/** What an import would do, without doing it. */
export async function previewImport(
  context: Context,
  request: ImportRequest,
): Promise<Result<ImportPreview, CsvProblem>> {
  const prepared = await prepareImport(context.pool, request);
  if (!prepared.ok) return prepared;
  const plan = await planRows(context.pool, request, prepared.value.rows);
  const phoneCounts = plan.create.map((row) => row.phones.length);
  const messages = request.startRobots
    ? await countMessages(context.pool, request.workspaceId, request.stageId, phoneCounts)
    : 0;
  return ok({ ...countsOf(plan), ...reportOf(prepared.value), messages });
}

/**
 * Brings the rows in, some hundred in each transaction. A crash leaves whole batches: the same file sent again with `skip`
 * goes on where it ended. `onProgress` hears how many rows are done.
 */
export async function importLeads(
  context: Context,
  receiver: Pick<LeadReceiver, 'receiveIn'>,
  request: ImportRequest,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<Result<ImportReport, CsvProblem>> {
  const prepared = await prepareImport(context.pool, request);
  if (!prepared.ok) return prepared;
  const { rows } = prepared.value;
  const sum = { created: 0, updated: 0, skipped: 0 };
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    const counts = await inTransaction(context.pool, (tx) => importBatch(tx, receiver, request, batch));
    sum.created += counts.created;
    sum.updated += counts.updated;
    sum.skipped += counts.skipped;
    onProgress(start + batch.length, rows.length);
  }
  return ok({ ...sum, ...reportOf(prepared.value) });
}

async function prepareImport(db: Db, request: ImportRequest): Promise<Result<Prepared, CsvProblem>> {
  const table = await readCsv(request.csv);
  if (!table.ok) return table;
  const { header } = table.value;
  const columns = matchColumns(header, await listFields(db, request.workspaceId));
  if (!columns.some(isContact)) return fail({ code: 'csv.no-columns', header });
  const read = readRows(table.value, columns, await countryOf(db, request.workspaceId));
  const ignoredColumns = header.filter((head, at) => head !== '' && columns[at]?.holds === 'nothing');
  return ok({ ...read, ignoredColumns });
}

function isContact(column: Column): boolean {
  return column.holds === 'phone' || column.holds === 'email';
}

async function planRows(db: Db, request: ImportRequest, rows: readonly ImportRow[]): Promise<ImportPlan> {
  const phones = rows.flatMap((row) => row.phones.map((phone) => phone.value));
  const known =
    request.duplicates === 'create'
      ? new Map<string, LeadId>()
      : await findLeadsByPhones(db, request.workspaceId, phones);
  return planImport(rows, known, request.duplicates);
}

async function importBatch(
  tx: Tx,
  receiver: Pick<LeadReceiver, 'receiveIn'>,
  request: ImportRequest,
  rows: ImportRow[],
) {
  const plan = await planRows(tx, request, rows);
  const received = await receiver.receiveIn(
    tx,
    plan.create.map((row) => newLeadOf(request, row)),
    {
      startRobots: request.startRobots,
      ignoreWindow: true,
      cause: 'import',
    },
  );
  const entries: NewTimelineEntry[] = received.flatMap(({ leadId }, at) =>
    noteOf(leadId, plan.create[at]?.comment ?? null, request),
  );
  for (const { leadId, row } of plan.update) entries.push(...(await updateFromRow(tx, request, leadId, row)));
  await addToTimeline(tx, request.workspaceId, entries);
  return countsOf(plan);
}

/** What the row gives wins, numbers are added, nothing is emptied. */
async function updateFromRow(
  tx: Tx,
  request: ImportRequest,
  leadId: LeadId,
  row: ImportRow,
): Promise<NewTimelineEntry[]> {
  const lead = await readLead(tx, request.workspaceId, leadId);
  if (!lead) return [];
  const patch: LeadPatch = { fields: row.fields, phones: mergePhones(lead.phones, row.phones) };
  for (const name of ['title', 'name', 'email', 'source'] as const) if (row[name] !== null) patch[name] = row[name];
  const changes = (await updateLead(tx, request.workspaceId, leadId, patch)) ?? [];
  const note = noteOf(leadId, row.comment, request);
  if (changes.length === 0) return note;
  return [{ leadId, kind: 'lead.updated', data: { changes, userId: request.userId } }, ...note];
}

function noteOf(leadId: LeadId, text: string | null, request: ImportRequest): NewTimelineEntry[] {
  return text === null ? [] : [{ leadId, kind: 'note', data: { text, userId: request.userId } }];
}

function newLeadOf(request: ImportRequest, row: ImportRow): NewLead {
  const { title, name, email, source, phones, fields } = row;
  return {
    workspaceId: request.workspaceId,
    title,
    name,
    email,
    source,
    phones,
    fields,
    responsibleId: null,
    stageId: request.stageId,
  };
}

function countsOf(plan: ImportPlan): Pick<ImportReport, 'created' | 'updated' | 'skipped'> {
  return { created: plan.create.length, updated: plan.update.length + plan.merged, skipped: plan.skip.length };
}

function reportOf(prepared: Prepared): Pick<ImportReport, 'rejected' | 'ignoredColumns'> {
  return { rejected: prepared.rejected, ignoredColumns: prepared.ignoredColumns };
}
