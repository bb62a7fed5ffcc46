import type { LeadId } from '../../lib/id.ts';
import type { ImportRow } from './read-rows.ts';

/** What to do with a row whose number some lead has already, in the database or further up in the file. */
export const DUPLICATES = ['skip', 'update', 'create'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

export interface ImportPlan {
  create: ImportRow[];
  update: { leadId: LeadId; row: ImportRow }[];
  skip: ImportRow[];
  /** Rows further down in the file that went into a row of `create`. */
  merged: number;
}

/** Sorts rows by what happens to them; `known` are the leads that have one of their numbers. */
export function planImport(
  rows: readonly ImportRow[],
  known: ReadonlyMap<string, LeadId>,
  duplicates: Duplicates,
): ImportPlan {
  const plan: ImportPlan = { create: [], update: [], skip: [], merged: 0 };
  const planned = new Map<string, ImportRow>();
  for (const row of rows) {
    const leadId = duplicates === 'create' ? null : firstOf(row, known);
    const earlier = duplicates === 'create' ? null : firstOf(row, planned);
    if ((leadId ?? earlier) !== null && duplicates === 'skip') plan.skip.push(row);
    else if (leadId !== null) plan.update.push({ leadId, row });
    else {
      const target = earlier ?? { ...row };
      if (earlier) plan.merged += 1;
      else plan.create.push(target);
      if (earlier) mergeInto(earlier, row);
      for (const phone of row.phones) planned.set(phone.value, target);
    }
  }
  return plan;
}

/** What a row adds to numbers that are there already. */
export function mergePhones(phones: ImportRow['phones'], more: ImportRow['phones']): ImportRow['phones'] {
  const values = new Set(phones.map((phone) => phone.value));
  return [...phones, ...more.filter((phone) => !values.has(phone.value))].slice(0, 50);
}

function mergeInto(row: ImportRow, later: ImportRow): void {
  row.title = later.title ?? row.title;
  row.name = later.name ?? row.name;
  row.email = later.email ?? row.email;
  row.source = later.source ?? row.source;
  row.comment = [row.comment, later.comment].filter((text) => text !== null).join('\n') || null;
  row.fields = { ...row.fields, ...later.fields };
  row.phones = mergePhones(row.phones, later.phones);
}

function firstOf<T>(row: ImportRow, leads: ReadonlyMap<string, T>): T | null {
  for (const phone of row.phones) {
    const found = leads.get(phone.value);
    if (found !== undefined) return found;
  }
  return null;
}
