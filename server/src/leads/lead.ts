import type { LeadId, StageId, WorkspaceId } from '../lib/id.ts';

export const PHONE_TYPES = ['WORK', 'MOBILE', 'HOME', 'MAILING', 'OTHER'] as const;
export type PhoneType = (typeof PHONE_TYPES)[number];

/** A number of a lead; `value` is E.164 with `+`. */
export interface Phone {
  value: string;
  type: PhoneType;
}

/** What an own field of a lead may hold: a list field holds one of its options, a date `YYYY-MM-DD`. */
export type FieldValue = string | number | boolean | null;

/** A lead that somebody brings, already checked: phones are E.164, fields are known and of their type. */
export interface NewLead {
  workspaceId: WorkspaceId;
  title: string | null;
  name: string | null;
  email: string | null;
  source: string | null;
  responsibleId: string | null;
  phones: Phone[];
  /** Null: the first stage. */
  stageId: StageId | null;
  fields: Record<string, FieldValue>;
}

export interface Lead {
  id: LeadId;
  title: string;
  name: string | null;
  email: string | null;
  source: string | null;
  stageId: StageId;
  responsibleId: string | null;
  phones: Phone[];
  fields: Record<string, FieldValue>;
  unansweredAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** The title of a lead that came without one: its name, else its first number. */
export function titleOf(lead: Pick<NewLead, 'title' | 'name' | 'phones' | 'email'>): string {
  return (lead.title ?? lead.name ?? lead.phones[0]?.value ?? lead.email ?? 'Лид').slice(0, 300);
}
