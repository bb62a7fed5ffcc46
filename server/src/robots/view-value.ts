import type { FieldValue, LeadView } from './kind.ts';

/** What a robot may read of the lead itself. */
export const LEAD_VALUES = ['title', 'name', 'email', 'phone', 'source', 'stage'] as const;

/** Roots of names that no robot may take as its ref: names of the lead, and words of the template language. */
export const RESERVED_REFS: ReadonlySet<string> = new Set([
  'lead',
  'field',
  'true',
  'false',
  'nil',
  'null',
  'empty',
  'blank',
  'and',
  'or',
  'not',
  'contains',
  'or',
]);

export interface ValueName {
  /** `lead`, `field`, the ref of a robot, or `Поля`. */
  root: string;
  name: string;
}

/** Splits `check.exists`; null when there is no dot. A name of an own field may hold dots itself. */
export function parseValueName(text: string): ValueName | null {
  const dot = text.indexOf('.');
  return dot > 0 && dot < text.length - 1 ? { root: text.slice(0, dot), name: text.slice(dot + 1) } : null;
}

/** The value behind `lead.name`, `field.<code>` or `<ref>.<result>`; null when it is empty or not there. */
export function readValue(text: string, view: LeadView): FieldValue {
  const parsed = parseValueName(text);
  if (!parsed) return null;
  if (parsed.root === 'lead') return leadValue(parsed.name, view);
  if (parsed.root === 'field') return own(view.fields, parsed.name);
  return own(own(view.results, parsed.root) ?? {}, parsed.name);
}

function leadValue(name: string, view: LeadView): string | null {
  if (name === 'phone') return view.phones[0]?.value ?? null;
  if (name === 'title' || name === 'name' || name === 'email' || name === 'source' || name === 'stage') {
    return view.lead[name];
  }
  return null;
}

function own<T>(values: Record<string, T>, name: string): T | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}
