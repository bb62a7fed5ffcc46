import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { type $ZodIssue, type $ZodType, safeParse } from 'zod/v4/core';
import { en, ru } from 'zod/v4/locales';
import type { Texts } from '../accounts/principal.ts';
import type { FieldError } from './problem.ts';
import { type FieldCode, isFieldCode, type TextParams } from './texts/texts.ts';

/** What a request is checked in, as fastify calls it. */
export type RequestPart = 'body' | 'querystring' | 'params' | 'headers';

/** Carries the issues of one part of a request from the validator to the error handler. */
export class SchemaIssues extends Error {
  override name = 'SchemaIssues';
  readonly errors: FieldError[];
  /** Fastify wants it on errors of validators. */
  readonly validation: FastifySchemaValidationError[] = [];

  constructor(errors: FieldError[]) {
    super('The request does not match its schema');
    this.errors = errors;
  }
}

const PREFIXES: Record<RequestPart, string> = { body: '', querystring: 'query', params: 'params', headers: 'headers' };

/** Checks requests with zod; failures come out as `SchemaIssues`. */
export const checkBySchema: FastifySchemaCompiler<$ZodType> = ({ schema, httpPart }) => {
  const prefix = PREFIXES[(httpPart ?? 'body') as RequestPart];
  return (data: unknown) => {
    const result = safeParse(schema, data, { reportInput: true });
    return result.success
      ? { value: result.data }
      : { error: new SchemaIssues(fieldErrorsOf(result.error.issues, prefix)) };
  };
};

/** The wrong values that zod found, each with the path as the API writes it: `phones[0].value`, `query.limit`. */
export function fieldErrorsOf(issues: readonly $ZodIssue[], prefix = ''): FieldError[] {
  return issues.flatMap((issue) => errorsOfIssue(issue, prefix, []));
}

/** `['phones', 0, 'value']` → `phones[0].value`. The whole body is called `body`. */
export function pathText(path: readonly PropertyKey[], prefix = ''): string {
  let text = prefix;
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? 'body' : text;
}

function errorsOfIssue(issue: $ZodIssue, prefix: string, parents: readonly PropertyKey[]): FieldError[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...path, key], prefix), code: 'unknown-key' }));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch) return branch.flatMap((one) => errorsOfIssue(one, prefix, path));
  }
  const { code, params } = describeIssue(issue);
  if (code !== 'invalid-value') return [{ path: pathText(path, prefix), code, params }];
  return [{ path: pathText(path, prefix), code, message: wordsOfZod(issue) }];
}

/** Of a union, the alternative that came furthest: its first complaint lies deepest; with equal depth, the fewest complaints. */
function closestBranch(branches: readonly (readonly $ZodIssue[])[]): readonly $ZodIssue[] | null {
  const depth = (branch: readonly $ZodIssue[]) => Math.max(...branch.map((issue) => issue.path.length));
  const sorted = branches
    .filter((branch) => branch.length > 0)
    .sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  return sorted[0] ?? null;
}

function describeIssue(issue: $ZodIssue): { code: FieldCode; params: TextParams } {
  switch (issue.code) {
    case 'invalid_type':
      return {
        code: issue.input === undefined ? 'required' : (TYPE_CODES[issue.expected] ?? 'invalid-value'),
        params: {},
      };
    case 'too_big':
      return describeSize(
        issue.origin,
        issue.maximum,
        BIG_CODES,
        issue.inclusive === false ? 'must-be-below' : 'too-large',
      );
    case 'too_small':
      if (issue.minimum === 1 && issue.origin === 'string') return { code: 'empty', params: {} };
      return describeSize(
        issue.origin,
        issue.minimum,
        SMALL_CODES,
        issue.inclusive === false ? 'must-be-above' : 'too-small',
      );
    case 'invalid_value':
      return { code: 'not-one-of', params: { values: issue.values.map(String).join(', ') } };
    case 'invalid_format':
      if (isFieldCode(issue.message)) return { code: issue.message, params: {} };
      return { code: FORMAT_CODES[issue.format] ?? 'wrong-format', params: { format: issue.pattern ?? issue.format } };
    case 'invalid_union':
      // A union told apart by a key (`kind`) whose value is none of those known; zod's types do not name `options`.
      if (!('options' in issue) || !Array.isArray(issue.options)) return { code: 'invalid-value', params: {} };
      return { code: 'not-one-of', params: { values: issue.options.map(String).join(', ') } };
    case 'not_multiple_of':
      return { code: 'not-a-multiple', params: { divisor: issue.divisor } };
    case 'custom':
      return {
        code: isFieldCode(issue.params?.['code']) ? issue.params['code'] : 'invalid-value',
        params: issue.params ?? {},
      };
    default:
      return { code: 'invalid-value', params: {} };
  }
}

const TYPE_CODES: Record<string, FieldCode> = {
  string: 'expected-string',
  number: 'expected-number',
  int: 'expected-integer',
  boolean: 'expected-boolean',
  array: 'expected-list',
  object: 'expected-object',
  record: 'expected-object',
  null: 'expected-null',
};

const FORMAT_CODES: Record<string, FieldCode> = { email: 'invalid-email', url: 'invalid-url' };
const BIG_CODES: Record<string, FieldCode> = { string: 'too-long', array: 'too-many-items', set: 'too-many-items' };
const SMALL_CODES: Record<string, FieldCode> = { string: 'too-short', array: 'too-few-items', set: 'too-few-items' };

function describeSize(origin: string, limit: number | bigint, codes: Record<string, FieldCode>, otherwise: FieldCode) {
  return { code: codes[origin] ?? otherwise, params: { limit: String(limit) } };
}

const zodRu = ru().localeError;
const zodEn = en().localeError;

/** For what the dictionary does not know: the words of the schema itself, else zod's. */
function wordsOfZod(issue: $ZodIssue): Texts {
  if (issue.code === 'custom' && issue.message !== 'Invalid input') return { ru: issue.message, en: issue.message };
  const raw = issue as Parameters<typeof zodRu>[0];
  return { ru: textOf(zodRu(raw), issue), en: textOf(zodEn(raw), issue) };
}

function textOf(words: ReturnType<typeof zodRu>, issue: $ZodIssue): string {
  if (typeof words === 'string') return words;
  return words?.message ?? issue.message;
}
