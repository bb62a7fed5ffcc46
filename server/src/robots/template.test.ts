import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLeadView } from '../../test/build-lead-view.ts';
import { MAX_TEXT, parseTemplate, renderTemplate, renderText, templateNames } from './template.ts';
import { withFieldCodes } from './template-syntax.ts';

const view = buildLeadView({
  fields: { number_exists: 'Y', sum: 1200, vip: true, comment: null },
  results: { check: { exists: 'Y', error: null } },
});

function render(text: string): string {
  const rendered = renderText(text, view);
  return rendered.ok ? rendered.value : `! ${rendered.error}`;
}

function problem(text: string): string {
  const parsed = parseTemplate(text);
  return parsed.ok ? 'ok' : parsed.error.code;
}

describe('placeholders', () => {
  test.each([
    ['Здравствуйте!', 'Здравствуйте!'],
    ['{{ lead.name }}, {{lead.phone}}', 'Анна, +79001234567'],
    ['{{ lead.title }} {{ lead.source }} {{ lead.stage }}', 'Заявка с сайта сайт Не обработан'],
    ['{{ field.number_exists }} {{ field.sum }} {{ field.vip }}', 'Y 1200 true'],
    ['{{ check.exists }}', 'Y'],
    ['[{{ lead.email }}{{ field.comment }}{{ check.error }}]', '[]'],
    ['[{{ field.never_filled }}{{ skipped.sent }}]', '[]'],
    ['{{ lead.email | default: "нет почты" }}', 'нет почты'],
    ['{{ lead.name | upcase | append: "!" }}', 'АННА!'],
    ['{% if check.exists == "Y" and lead.name %}да{% else %}нет{% endif %}', 'да'],
    ['{% unless field.vip %}a{% elsif lead.name contains "Ан" %}b{% endunless %}', 'b'],
    ['{% case check.exists %}{% when "N", "E" %}1{% when "X" or "Y" %}2{% endcase %}', '2'],
    ['{% raw %}{{ lead.name }}{% endraw %}', '{{ lead.name }}'],
    ['{% if not field.comment %}пусто{% endif %}', 'пусто'],
    ['{{ field["sum"] }}', '1200'],
    ['{ lead.name } }} %}', '{ lead.name } }} %}'],
  ])('%s gives %s', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  test('a field may be named by its name', () => {
    const names = { number_exists: 'Номер существует?' };
    expect(renderText('{{ Поля["Номер существует?"] }}', view, names)).toEqual({ ok: true, value: 'Y' });
    expect(renderText('[{{ Поля["Нет такого"] }}]', view, names)).toEqual({ ok: true, value: '[]' });
  });

  test('a text in markup, code or another script goes through as it is', () => {
    const text = 'a < b & "c" 👍 *жирный* \n\tНомер №1 %7B';
    expect(render(`${text}{{ lead.email }}`)).toBe(text);
  });
});

describe('a mistake is an error, not an empty text', () => {
  test.each([
    ['{{ Номер существует? }}', 'template-trailing'],
    ['{{ a b }}', 'template-trailing'],
    ['{{ a.b c.d | upcase }}', 'template-trailing'],
    ['{{ a.b ) c }}', 'template-trailing'],
    ['{{ a.b , c }}', 'template-trailing'],
    ['{{ Поля["x" junk] }}', 'template-trailing'],
    ['{{ Поля[Номер существует?] }}', 'template-trailing'],
    ['{% if a.b c.d %}{% endif %}', 'template-trailing'],
    ['{% if a.b %}{% elsif c.d e.f %}{% endif %}', 'template-trailing'],
    ['{% case a.b %}{% when 1 2 %}{% endcase %}', 'template-trailing'],
    ['{% case a.b c.d %}{% when 1 %}{% endcase %}', 'template-trailing'],
    ['{{ (1..1000000000) }}', 'template-trailing'],
    ['{{ a == }}', 'template-trailing'],
    ['{{ field[lead.name] }}', 'template-trailing'],
    ['{{ lead.name', 'template-syntax'],
    ['{{ }}', 'template-syntax'],
    ['{% if a.b %}', 'template-syntax'],
    ['{{ a.b | upcase: 1 2 }}', 'template-syntax'],
    ['{{ a.b | shout }}', 'unknown-filter'],
    ['{{ a.b | where_exp: "x", "secret" }}', 'unknown-filter'],
    ['{% include "/etc/passwd" %}', 'unknown-tag'],
    ['{% render "x" %}', 'unknown-tag'],
    ['{% layout "x" %}', 'unknown-tag'],
    ['{% for i in lead %}{% endfor %}', 'unknown-tag'],
    ['{% assign lead = 1 %}', 'unknown-tag'],
    ['{% if x %}'.repeat(3_000), 'template-limit'],
    ['x'.repeat(MAX_TEXT + 1), 'template-limit'],
  ])('%s', (text, code) => {
    expect(problem(text)).toBe(code);
    expect(render(text)).toMatch(/^! (Ошибка|Текст)/);
  });

  test('a name that is none is an error when it is rendered too', () => {
    expect(render('{{ Номер }}')).toMatch(/^! /);
  });
});

test('names of variables are found wherever they stand', () => {
  const parsed = parseTemplate(
    '{{ lead.name | append: field.a, x: field.b }}{% if check.exists == r.sent %}{{ Поля["Номер. существует?"] }}{% elsif q.w %}' +
      '{% else %}{{ lead.name.size }}{% endif %}{% case field.c %}{% when field.d %}{% endcase %}{{ alone }}',
  );
  expect(parsed.ok && [...templateNames(parsed.value)].sort()).toEqual(
    [
      'lead.name',
      'field.a',
      'field.b',
      'check.exists',
      'r.sent',
      'Поля.Номер. существует?',
      'q.w',
      'lead.name.size',
      'field.c',
      'field.d',
      'alone',
    ].sort(),
  );
});

test('a text can neither reach a prototype nor grow without end', () => {
  expect(render('{{ lead.constructor }}{{ field.__proto__ }}{{ check.toString }}')).toBe('');
  expect(render('{{ constructor.name }}')).toBe('');
  const doubling = ' | append: field.long'.repeat(20);
  const long = buildLeadView({ fields: { long: 'x'.repeat(4_000) } });
  expect(renderText(`{{ field.long${doubling} }}`, long).ok).toBe(false);
});

test('the text a lead brings is not itself a template', () => {
  const sly = buildLeadView({ lead: { ...view.lead, name: '{{ field.number_exists }}' } });
  expect(renderText('{{ lead.name }}', sly)).toEqual({ ok: true, value: '{{ field.number_exists }}' });
});

test('names of fields become codes in placeholders only', () => {
  const codes = new Map([['Номер существует?', 'number_exists']]);
  expect(withFieldCodes('Поля["Номер существует?"] {{ Поля["Номер существует?"] | upcase }}', codes)).toBe(
    'Поля["Номер существует?"] {{ field.number_exists | upcase }}',
  );
  expect(withFieldCodes("{% if Поля['Номер существует?'] == 'Y' %}{% endif %}", codes)).toBe(
    "{% if field.number_exists == 'Y' %}{% endif %}",
  );
  expect(withFieldCodes('{{ Поля["Другое"] }}', codes)).toBe('{{ Поля["Другое"] }}');
  expect(withFieldCodes('{{ Поля["Другое"]', codes)).toBe('{{ Поля["Другое"]');
});

test('no text makes it throw', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    'if',
    'endif',
    ' ',
    '|',
    ':',
    ',',
    '"',
    "'",
    '[',
    ']',
    '(',
    ')',
    '..',
    '.',
    'lead',
    'name',
    'raw',
    'endraw',
    '-',
    '==',
    'not',
    'case',
    'when',
    'Поля',
    'size',
    '1',
    '\n',
    '#',
    'comment',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        fc.string(),
      ),
      (text) => {
        const parsed = parseTemplate(text);
        if (parsed.ok) expect(typeof renderTemplate(parsed.value, view).ok).toBe('boolean');
        withFieldCodes(text, new Map([['a', 'b']]));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a text is rendered thousands of times a second', () => {
  const start = performance.now();
  for (let n = 0; n < 5_000; n += 1)
    render('Здравствуйте, {{ lead.name }}! {% if check.exists == "Y" %}WhatsApp{% endif %}');
  expect(performance.now() - start).toBeLessThan(2_000);
});
