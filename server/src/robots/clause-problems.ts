import { satisfies, toDate, toNumber, toYesNo } from './condition.ts';
import type { WorkspaceView } from './kind.ts';
import type { ProblemCode } from './problem.ts';
import type { Clause } from './robot.ts';

/** What is known of the value that a clause compares. */
export type ComparedValue =
  | { type: 'text' }
  | { type: 'result'; values: readonly string[] }
  | { type: 'field'; field: Fields extends Map<string, infer Field> ? Field : never };
type Fields = WorkspaceView['fields'];

interface ClauseProblem {
  code: ProblemCode;
  params: Record<string, string>;
}

/** What is wrong with what a clause compares to: it has the wrong form for the operator, or the value can never be that. */
export function clauseProblems(clause: Clause, value: ComparedValue): ClauseProblem[] {
  const form = formProblem(clause);
  if (form) return [{ code: form, params: {} }];
  const targets = targetsOf(clause);
  if (value.type === 'field') return fieldProblems(clause, targets, value.field);
  if (value.type === 'result') return resultProblems(clause, targets, value.values);
  return needsOrder(clause) && !targets.every(hasOrder) ? [{ code: 'needs-order', params: {} }] : [];
}

function formProblem({ op, to }: Clause): ProblemCode | null {
  if (op === 'filled' || op === 'notFilled') return to === undefined ? null : 'needless-value';
  if (op === 'inRange') return rangeProblem(to);
  if (op === 'oneOf') return Array.isArray(to) && to.length > 0 ? null : 'needs-list';
  if (to === undefined || (typeof to === 'string' && to.trim() === '')) return 'needs-value';
  return Array.isArray(to) ? 'needs-one-value' : null;
}

function rangeProblem(to: Clause['to']): ProblemCode | null {
  if (!Array.isArray(to) || to.length !== 2) return 'needs-range';
  const [from, until] = to;
  if (!hasOrder(from) || !hasOrder(until)) return 'needs-order';
  return satisfies('greater', from ?? null, until) ? 'reversed-range' : null;
}

function targetsOf({ to }: Clause): (string | number | boolean)[] {
  if (to === undefined) return [];
  return Array.isArray(to) ? to : [to];
}

function needsOrder({ op }: Clause): boolean {
  return op === 'greater' || op === 'less' || op === 'inRange';
}

function isWhole({ op }: Clause): boolean {
  return op === 'equals' || op === 'notEquals' || op === 'oneOf';
}

function hasOrder(value: unknown): boolean {
  return toNumber(value) !== null || toDate(value) !== null;
}

function resultProblems(
  clause: Clause,
  targets: (string | number | boolean)[],
  values: readonly string[],
): ClauseProblem[] {
  if (needsOrder(clause)) return [{ code: 'needs-order', params: {} }];
  if (!isWhole(clause)) return [];
  return targets
    .filter((target) => !values.some((value) => satisfies('equals', value, target)))
    .map((target) => ({
      code: 'impossible-value',
      params: { name: clause.value, value: String(target), allowed: values.join(', ') },
    }));
}

function fieldProblems(
  clause: Clause,
  targets: (string | number | boolean)[],
  field: { type: string; options: string[] },
): ClauseProblem[] {
  const code = fieldProblem(clause, targets, field);
  return code ? [{ code, params: {} }] : [];
}

function fieldProblem(
  clause: Clause,
  targets: (string | number | boolean)[],
  field: { type: string; options: string[] },
): ProblemCode | null {
  const compares = needsOrder(clause) || isWhole(clause);
  if (!compares) return null;
  if (field.type === 'number') return targets.every((one) => toNumber(one) !== null) ? null : 'not-a-number';
  if (field.type === 'date') return targets.every((one) => toDate(one) !== null) ? null : 'not-a-date';
  if (needsOrder(clause)) return field.type === 'string' && targets.every(hasOrder) ? null : 'needs-order';
  if (field.type === 'yes-no') return targets.every((one) => toYesNo(one) !== null) ? null : 'not-yes-no';
  if (field.type !== 'list') return null;
  return targets.every((one) => field.options.some((option) => satisfies('equals', option, one)))
    ? null
    : 'not-an-option';
}
