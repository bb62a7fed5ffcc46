import { type TagToken, Tokenizer, TokenKind, type TopLevelToken } from 'liquidjs';

/** Why a text cannot be parsed or rendered. */
export interface TemplateProblem {
  code: 'template-syntax' | 'template-trailing' | 'template-limit' | 'unknown-filter' | 'unknown-tag';
  params?: Record<string, string>;
}

/** Choices only: without loops, captures and includes a text can neither run long nor hide the names it reads. */
export const ALLOWED_TAGS: ReadonlySet<string> = new Set(['if', 'unless', 'case', 'raw']);

/** Filters over one text, number or date. Those that parse an expression of their own would hide the names in it. */
export const ALLOWED_FILTERS: ReadonlySet<string> = new Set([
  'abs',
  'append',
  'at_least',
  'at_most',
  'capitalize',
  'ceil',
  'date',
  'default',
  'divided_by',
  'downcase',
  'escape',
  'first',
  'floor',
  'join',
  'last',
  'lstrip',
  'minus',
  'modulo',
  'normalize_whitespace',
  'plus',
  'prepend',
  'remove',
  'remove_first',
  'remove_last',
  'replace',
  'replace_first',
  'replace_last',
  'round',
  'rstrip',
  'size',
  'slice',
  'split',
  'squish',
  'strip',
  'strip_html',
  'strip_newlines',
  'times',
  'to_integer',
  'truncate',
  'truncatewords',
  'upcase',
  'url_decode',
  'url_encode',
]);

/**
 * Finds what LiquidJS would read past in silence: `{{ Номер существует? }}` as `Номер`, `{{ a ) b }}` as `a`,
 * `{{ a["b" c] }}` as `a["b"]`. Takes a text that LiquidJS has parsed already; its tokenizer throws for the rest.
 */
export function checkSyntax(text: string): TemplateProblem | null {
  for (const token of topLevelTokens(text)) {
    const problem = token.kind === TokenKind.Output ? checkOutput(text, token as TagToken) : checkTag(token);
    if (problem) return problem;
  }
  return null;
}

/**
 * The text with every `Поля["имя"]` of its placeholders as `field.<code>`, so that renaming a field breaks nothing.
 * A name nobody knows stays, for the check on save to tell.
 */
export function withFieldCodes(text: string, fieldCodes: ReadonlyMap<string, string>): string {
  if (!text.includes('Поля')) return text;
  let result = '';
  try {
    for (const token of topLevelTokens(text)) {
      const part = text.slice(token.begin, token.end);
      result += token.kind === TokenKind.HTML ? part : replaceFieldNames(part, fieldCodes);
    }
  } catch {
    return text;
  }
  return result;
}

function topLevelTokens(text: string): TopLevelToken[] {
  return new Tokenizer(text).readTopLevelTokens();
}

function replaceFieldNames(part: string, fieldCodes: ReadonlyMap<string, string>): string {
  const byName = /(?<![\p{L}\p{N}_.])Поля\s*\[\s*(?:"([^"]*)"|'([^']*)')\s*\]/gu;
  return part.replaceAll(byName, (whole, double?: string, single?: string) => {
    const code = fieldCodes.get(double ?? single ?? '');
    return code === undefined ? whole : `field.${code}`;
  });
}

function checkOutput(text: string, token: Pick<TagToken, 'contentRange'>): TemplateProblem | null {
  return checkExpression(text.slice(...token.contentRange));
}

function checkTag(token: TopLevelToken): TemplateProblem | null {
  if (token.kind !== TokenKind.Tag) return null;
  const { name, args } = token as TagToken;
  if (name === 'if' || name === 'elsif' || name === 'unless' || name === 'case') return checkExpression(args);
  return name === 'when' ? checkWhen(args) : null;
}

function checkExpression(content: string): TemplateProblem | null {
  const trailing: TemplateProblem = { code: 'template-trailing', params: { text: content.trim().slice(0, 100) } };
  if (hasLooseBrackets(content)) return trailing;
  const tokenizer = new Tokenizer(content);
  let wantsOperand = true;
  for (const token of tokenizer.readExpressionTokens()) {
    const isOperator = token.kind === TokenKind.Operator;
    const isNot = isOperator && token.getText() === 'not';
    if (isOperator && !isNot ? wantsOperand : !wantsOperand) return trailing;
    wantsOperand = isOperator;
  }
  if (wantsOperand) return trailing;
  tokenizer.readFilters();
  tokenizer.skipBlank();
  return tokenizer.end() ? null : trailing;
}

/** `{% when "Y", "N" or other %}`: values and nothing between them but a comma or `or`. */
function checkWhen(content: string): TemplateProblem | null {
  const trailing: TemplateProblem = { code: 'template-trailing', params: { text: content.trim().slice(0, 100) } };
  if (hasLooseBrackets(content)) return trailing;
  const tokenizer = new Tokenizer(content);
  for (;;) {
    if (!tokenizer.readValue()) return trailing;
    tokenizer.skipBlank();
    if (tokenizer.end()) return null;
    if (tokenizer.peek() === ',') tokenizer.advance();
    else if (tokenizer.readIdentifier().getText() !== 'or') return trailing;
  }
}

/** Brackets may hold one quoted name and nothing else; groups and ranges are no part of our texts. */
function hasLooseBrackets(content: string): boolean {
  const bare = content.replaceAll(/"[^"]*"|'[^']*'/g, '"');
  return /[()]/.test(bare) || bare.replaceAll(/\[\s*"\s*\]/g, '').includes('[');
}
