import type { z } from 'zod';
import { isStorable } from '../lib/storable-text.ts';
import { formatPath, type Problem, type ProblemCode } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** Says what zod found wrong in our codes. Of a union it tells the branch that the value was most likely meant to be. */
export function shapeProblems(error: z.core.$ZodError, prefix: readonly PropertyKey[]): Problem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, prefix));
}

/** Texts that PostgreSQL cannot keep, wherever they stand. */
export function unstorableTexts(value: unknown, path: readonly PropertyKey[]): Problem[] {
  if (typeof value === 'string') {
    return isStorable(value) ? [] : [{ path: formatPath(path), code: 'forbidden-text', params: {} }];
  }
  if (Array.isArray(value)) return value.flatMap((one, index) => unstorableTexts(one, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => unstorableTexts(one, [...path, key]));
}

function problemsOf(issue: Issue, prefix: readonly PropertyKey[]): Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch) return branch.flatMap((one) => problemsOf(one, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({ path: formatPath([...path, name]), code: 'unknown-key', params: { name } }));
  }
  return [{ path: formatPath(path), ...codeOf(issue) }];
}

function likeliestBranch(branches: Issue[][]): Issue[] | undefined {
  const score = (issues: Issue[]) =>
    Math.max(...issues.map((one) => one.path.length)) * 10 -
    issues.filter((one) => one.code === 'unrecognized_keys' || isMissing(one)).length * 20 -
    issues.length;
  return branches.filter((issues) => issues.length > 0).sort((left, right) => score(right) - score(left))[0];
}

function isMissing(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

function codeOf(issue: Issue): { code: ProblemCode; params: Record<string, string> } {
  if (isMissing(issue)) return { code: 'required', params: {} };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'wrong-type', params: { expected: issue.expected } };
    case 'invalid_value':
      return { code: 'not-allowed', params: { allowed: issue.values.map(String).join(', ') } };
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? { code: 'required', params: {} }
        : { code: 'too-small', params: { limit: String(issue.minimum) } };
    case 'too_big':
      return { code: 'too-big', params: { limit: String(issue.maximum) } };
    case 'invalid_union':
      return { code: 'not-allowed', params: { allowed: optionsOf(issue) } };
    case 'custom':
      return issue.params?.['problem'] === 'file-or-link'
        ? { code: 'file-or-link', params: {} }
        : { code: 'invalid', params: { detail: issue.message } };
    default:
      return { code: 'invalid', params: { detail: issue.message } };
  }
}

/** The values a discriminator may take; zod's types do not tell that an issue of a discriminated union has them. */
function optionsOf(issue: object): string {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String).join(', ') : '';
}
