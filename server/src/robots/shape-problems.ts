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
  return likeliest(issue).flatMap((one): Problem[] => {
    const path = [...prefix, ...one.path];
    if (one.code !== 'unrecognized_keys') return [{ path: formatPath(path), ...codeOf(one) }];
    return one.keys.map((name) => ({ path: formatPath([...path, name]), code: 'unknown-key', params: { name } }));
  });
}

/** An issue itself, or in place of a union's the issues of one branch: the one that got deepest with the least amiss. */
function likeliest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const branches = issue.errors.map((branch) => branch.flatMap(likeliest));
  const [best] = branches.sort((one, other) => score(other) - score(one));
  return (best ?? []).map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

function score(branch: Issue[]): number {
  const foreign = branch.filter((issue) => issue.code === 'unrecognized_keys' || isMissing(issue)).length;
  return Math.max(...branch.map((issue) => issue.path.length)) * 10 - foreign * 20 - branch.length;
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
    case 'invalid_format':
      return issue.message === 'invalid-ref'
        ? { code: 'invalid-ref', params: {} }
        : { code: 'invalid', params: { detail: issue.message } };
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
