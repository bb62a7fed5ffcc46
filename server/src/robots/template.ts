import { Liquid, type Template } from 'liquidjs';
import { fail, ok, type Result } from '../lib/result.ts';
import type { LeadView } from './kind.ts';
import { robotError } from './robot-error.ts';
import { ALLOWED_FILTERS, ALLOWED_TAGS, checkSyntax, type TemplateProblem } from './template-syntax.ts';
import { parseValueName, readValue } from './view-value.ts';

/** A text with placeholders may be this long, and become this long. */
export const MAX_TEXT = 20_000;

/** Parsed texts kept; a workspace has a handful, so the hot path parses nothing. */
const CACHED_TEMPLATES = 1_000;

/** Root of the names that users write by the Russian name of a field: `{{ Поля["Номер существует?"] }}`. */
export const FIELDS_BY_NAME = 'Поля';

export interface ParsedTemplate {
  text: string;
  /** Every variable it reads, dotted: `lead.name`, `check.exists`, `Поля.Номер существует?`. */
  names: readonly string[];
  /** Null for a text without placeholders. */
  templates: Template[] | null;
}

const engine = createEngine();
const cache = new Map<string, Result<ParsedTemplate, TemplateProblem>>();

/** Parses a text; the outcome is kept, so that a text which many leads get is parsed once. Never throws. */
export function parseTemplate(text: string): Result<ParsedTemplate, TemplateProblem> {
  const known = cache.get(text);
  if (known) return known;
  const parsed = parse(text);
  if (cache.size >= CACHED_TEMPLATES) cache.delete(cache.keys().next().value ?? '');
  cache.set(text, parsed);
  return parsed;
}

/** The variables a text reads, for the check on save. */
export function templateNames(parsed: ParsedTemplate): readonly string[] {
  return parsed.names;
}

/**
 * Renders a parsed text for a lead. A value that is empty, or a result that is not there (its robot was skipped), is an empty
 * text: names were checked on save. `fieldNames` gives the names of own fields by code, for
 * `Поля["…"]`. Never throws.
 */
export function renderTemplate(
  parsed: ParsedTemplate,
  view: LeadView,
  fieldNames: Record<string, string> = {},
): Result<string, TemplateProblem> {
  if (parsed.templates === null) return ok(parsed.text);
  try {
    const output = String(engine.renderSync(parsed.templates, scopeOf(parsed.names, view, fieldNames)));
    return output.length > MAX_TEXT ? fail({ code: 'template-limit' }) : ok(output);
  } catch (error) {
    return fail(problemOf(error));
  }
}

/** Parses and renders one text of a robot's settings; an error is a sentence in the workspace's language. */
export function renderText(
  text: string,
  view: LeadView,
  fieldNames: Record<string, string> = {},
): Result<string, string> {
  const parsed = parseTemplate(text);
  const rendered = parsed.ok ? renderTemplate(parsed.value, view, fieldNames) : parsed;
  if (rendered.ok) return rendered;
  const { code, params } = rendered.error;
  if (code === 'template-limit') return fail(robotError(code, view.language));
  const detail = params?.['detail'] ?? params?.['text'] ?? params?.['name'] ?? '';
  return fail(robotError('template-syntax', view.language, { detail }));
}

function createEngine(): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: MAX_TEXT,
    renderLimit: 1_000,
    memoryLimit: 1_000_000,
    // No tag here reads a file; this is the second lock on that door.
    templates: {},
  });
  for (const tag of Object.keys(liquid.tags)) if (!ALLOWED_TAGS.has(tag)) delete liquid.tags[tag];
  for (const filter of Object.keys(liquid.filters)) if (!ALLOWED_FILTERS.has(filter)) delete liquid.filters[filter];
  return liquid;
}

function parse(text: string): Result<ParsedTemplate, TemplateProblem> {
  if (text.length > MAX_TEXT) return fail({ code: 'template-limit' });
  if (!text.includes('{{') && !text.includes('{%')) return ok({ text, names: [], templates: null });
  try {
    const templates = engine.parse(text);
    const problem = checkSyntax(text);
    if (problem) return fail(problem);
    const segments = engine.globalVariableSegmentsSync(templates);
    const dynamic = segments.find((one) => (one as unknown[]).some((segment) => Array.isArray(segment)));
    if (dynamic) return fail({ code: 'template-syntax', params: { detail: `${String(dynamic[0])}[…]` } });
    return ok({ text, names: [...new Set(segments.map((one) => one.join('.')))], templates });
  } catch (error) {
    return fail(problemOf(error));
  }
}

/** Only what the text reads is put within its reach. A name that is no `root.name` stays out, so that reading it is an error. */
function scopeOf(names: readonly string[], view: LeadView, fieldNames: Record<string, string>): object {
  const scope: Record<string, Record<string, unknown>> = Object.create(null);
  for (const text of names) {
    const parsed = parseValueName(text);
    if (!parsed) continue;
    const values = scope[parsed.root] ?? Object.create(null);
    scope[parsed.root] = values;
    values[parsed.name] = readValue(stableName(parsed, fieldNames), view);
  }
  return scope;
}

function stableName(name: { root: string; name: string }, fieldNames: Record<string, string>): string {
  if (name.root !== FIELDS_BY_NAME) return `${name.root}.${name.name}`;
  const entry = Object.entries(fieldNames).find(([, fieldName]) => fieldName === name.name);
  return `field.${entry?.[0] ?? ''}`;
}

/** Liquid's message in our words where we have them, else its first line. */
function problemOf(error: unknown): TemplateProblem {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const filter = /undefined filter: (.*?)(?:, line:|$)/.exec(message)?.[1];
  if (filter !== undefined) return { code: 'unknown-filter', params: { name: filter } };
  const tag = /tag "?(.*?)"? not found/.exec(message)?.[1];
  if (tag !== undefined) return { code: 'unknown-tag', params: { name: tag } };
  if (/limit exceeded/.test(message)) return { code: 'template-limit' };
  return { code: 'template-syntax', params: { detail: message.slice(0, 200) } };
}
