import type { FieldValue, LeadView } from './kind.ts';
import type { Clause, Condition } from './robot.ts';
import { parseValueName, readValue } from './view-value.ts';

type Operand = Clause['to'];

/** One comparison as it was made; stored with the step, so that anybody can see why a robot acted or did not. */
export interface Compared {
  value: string;
  op: Clause['op'];
  to: Operand | null;
  actual: FieldValue;
  holds: boolean;
}

export interface Evaluation {
  holds: boolean;
  compared: Compared[];
}

/** The truths that a send with result U may turn out to be: it is neither equal nor unequal to any of them. */
const OUTCOMES_OF_U = new Set(['y', 'n', 'nw']);

/**
 * Compares what the condition names with the values of this moment. Every clause is evaluated, also where the outcome is already
 * clear, so that the record is whole. No condition holds.
 *
 * - An empty value (null, or a text of blanks) satisfies only `notFilled` and `notEquals`.
 * - Texts are compared trimmed and without regard to case. A number (or a text against a number) is compared as a number, yes-no
 *   also with Y, N, да, нет.
 * - `greater`, `less` and `inRange` (both ends included) take numbers or dates YYYY-MM-DD; anything else does not satisfy them.
 * - A result U satisfies neither `equals N` nor `notEquals Y`: nobody knows yet.
 */
export function evaluateCondition(condition: Condition | null, view: LeadView): Evaluation {
  const compared: Compared[] = [];
  const holds = condition === null || holdsGroup(condition, view, compared);
  return { holds, compared };
}

function holdsGroup(group: Condition, view: LeadView, compared: Compared[]): boolean {
  const members = 'all' in group ? group.all : group.any;
  const outcomes = members.map((member) => {
    if (!('op' in member)) return holdsGroup(member, view, compared);
    const made = compareClause(member, view);
    compared.push(made);
    return made.holds;
  });
  return 'all' in group ? outcomes.every(Boolean) : outcomes.some(Boolean);
}

function compareClause(clause: Clause, view: LeadView): Compared {
  const actual = readValue(clause.value, view);
  const made = { value: clause.value, op: clause.op, to: clause.to ?? null, actual };
  if (isUnknownOutcome(clause, actual)) return { ...made, holds: false };
  return { ...made, holds: satisfies(clause.op, actual, clause.to) };
}

function isUnknownOutcome(clause: Clause, actual: FieldValue): boolean {
  if (clause.op !== 'notEquals' && clause.op !== 'notContains') return false;
  const root = parseValueName(clause.value)?.root;
  if (root === 'lead' || root === 'field') return false;
  return actual === 'U' && OUTCOMES_OF_U.has(normalized(clause.to));
}

/** Whether a value, whatever it is, satisfies an operator; used on save as well, to see what can never hold. */
export function satisfies(op: Clause['op'], actual: FieldValue, to: Operand): boolean {
  if (isEmpty(actual)) return op === 'notFilled' || op === 'notEquals';
  switch (op) {
    case 'filled':
      return true;
    case 'notFilled':
      return false;
    case 'equals':
      return equals(actual, to);
    case 'notEquals':
      return !equals(actual, to);
    case 'contains':
      return contains(actual, to);
    case 'notContains':
      return !contains(actual, to);
    case 'greater':
      return (order(actual, to) ?? 0) > 0;
    case 'less':
      return (order(actual, to) ?? 0) < 0;
    case 'inRange':
      return Array.isArray(to) && (order(actual, to[0]) ?? -1) >= 0 && (order(actual, to[1]) ?? 1) <= 0;
    case 'oneOf':
      return Array.isArray(to) && to.some((one) => equals(actual, one));
  }
}

function isEmpty(value: FieldValue): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

function equals(actual: FieldValue, to: Operand): boolean {
  if (typeof actual === 'boolean' || typeof to === 'boolean') {
    const [left, right] = [toYesNo(actual), toYesNo(to)];
    return left !== null && left === right;
  }
  if (typeof actual === 'number' || typeof to === 'number') {
    const [left, right] = [toNumber(actual), toNumber(to)];
    return left !== null && left === right;
  }
  return !Array.isArray(to) && to !== undefined && normalized(actual) === normalized(to);
}

function contains(actual: FieldValue, to: Operand): boolean {
  const part = normalized(to);
  return part !== '' && normalized(actual).includes(part);
}

/** Negative, zero or positive; null when the two have no order. */
function order(actual: FieldValue, to: Operand): number | null {
  const [left, right] = [toNumber(actual), toNumber(to)];
  if (left !== null && right !== null) return left - right;
  const [from, until] = [toDate(actual), toDate(to)];
  if (from === null || until === null) return null;
  return from < until ? -1 : from > until ? 1 : 0;
}

function normalized(value: FieldValue | Operand): string {
  if (value === null || value === undefined || Array.isArray(value)) return '';
  return String(value).normalize('NFC').trim().toLowerCase();
}

/** Reads a number as people write it, `1 500,5` too; null for anything else. */
export function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const text = value
    .trim()
    .replaceAll(/(?<=\d)[\s\u00a0\u202f](?=\d)/g, '')
    .replace(',', '.');
  return /^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text) ? Number(text) : null;
}

/** Reads a date `YYYY-MM-DD` that exists; null for anything else. */
export function toDate(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim() : '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : null;
}

const YES_NO = new Map([
  ...['y', 'yes', 'true', 'да', '1'].map((text) => [text, true] as const),
  ...['n', 'no', 'false', 'нет', '0'].map((text) => [text, false] as const),
]);

/** Reads a yes-no: true and false, Y and N, да and нет, 1 and 0; null for anything else. */
export function toYesNo(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim().toLowerCase();
  return YES_NO.get(text) ?? null;
}
