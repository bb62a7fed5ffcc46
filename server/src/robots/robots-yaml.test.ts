import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildRobot, buildWorkspaceView } from '../../test/build-robot.ts';
import { oneStage } from './recipes/one-stage.ts';
import type { Robot } from './robot.ts';
import { exportRobots, importRobots } from './robots-yaml.ts';
import { validateRobots } from './validate.ts';

const view = buildWorkspaceView();
const scenario = oneStage.robotsFor('first', {
  language: 'ru',
  whatsappLineId: 'line_wa',
  smsLineId: 'line_sms',
  file: { fileId: 'file_1' },
});

function imported(yaml: string): Robot[] {
  const outcome = importRobots(yaml, view);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  const { robots, problems } = validateRobots(outcome.value, view);
  expect(problems).toEqual([]);
  return robots;
}

function problems(yaml: string, workspace = view): string[] {
  const outcome = importRobots(yaml, workspace);
  return outcome.ok ? [] : outcome.error.map(({ path, code }) => `${path} ${code}`);
}

test('robots are written to be read: names instead of ids, nothing that is at its default', () => {
  const [check, message] = scenario;
  expect(exportRobots([check!, message!], view)).toBe(`robots:
  - ref: check
    kind: whatsapp.check
    settings:
      phone:
        pick: first
      timeoutSeconds: 600
  - ref: message
    kind: whatsapp.message
    after: previous
    condition:
      all:
        - value: check.exists
          op: equals
          to: Y
    settings:
      line: WhatsApp симулятор
      phone:
        pick: first
      text: Здравствуйте{% if lead.name %}, {{ lead.name }}{% endif %}! Спасибо за обращение. Мы получили вашу заявку и скоро свяжемся с вами.
      timeoutSeconds: 600
`);
});

test('an exported list comes back as it was, and gives the same bytes again', () => {
  const yaml = exportRobots(scenario, view);
  expect(imported(yaml)).toEqual(scenario);
  expect(exportRobots(imported(yaml), view)).toBe(yaml);
  expect(yaml).toContain('file: price.pdf');
  expect(yaml).not.toContain('line_');
});

test('the order in which the database keeps keys does not show', () => {
  const reversed = JSON.parse(JSON.stringify(scenario), (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  );
  expect(exportRobots(reversed, view)).toBe(exportRobots(scenario, view));
});

test('names that are not unique, and lines that are gone, stay ids', () => {
  const lines = new Map([...view.lines].map(([id, line]) => [id, { ...line, name: 'Линия' }]));
  const yaml = exportRobots(scenario, { ...view, lines, files: new Map() });
  expect(yaml).toContain('lineId: line_wa');
  expect(yaml).toContain('fileId: file_1');
});

test('any text comes back as it was', () => {
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('Y', 'no', ' a\r\n\tb ', '#x', '- a', '1e3', '\u2028'),
  );
  fc.assert(
    fc.property(text, fc.option(text), (message, title) => {
      const robot = buildRobot({ title, kind: 'whatsapp.message', settings: { lineId: 'line_wa', text: message } });
      const yaml = exportRobots([robot], view);
      const outcome = importRobots(yaml, view);
      expect(outcome.ok && outcome.value[0]).toMatchObject({
        ...(title === null ? {} : { title }),
        settings: robot.settings,
      });
      expect(exportRobots([robot], view)).toBe(yaml);
    }),
  );
});

describe('a mistake in the file is told with its place', () => {
  test.each([
    ['robots: [', 'robots yaml-syntax'],
    ['robots:\n  - ref: a\n    ref: b', 'robots yaml-syntax'],
    ['', 'robots wrong-type'],
    ['robots: 5', 'robots wrong-type'],
    ['- ref: check', 'robots wrong-type'],
    ['robots: [{settings: {line: Нет такой}}]', 'robots[0].settings.line unknown-line-name'],
    ['robots: [{}, {settings: {stage: Нет такой}}]', 'robots[1].settings.stage unknown-stage-name'],
    ['robots: [{settings: {file: нет.pdf}}]', 'robots[0].settings.file unknown-file-name'],
    ['robots: [{settings: {line: SMS симулятор, lineId: line_sms}}]', 'robots[0].settings.line name-and-id'],
    ['a: &a [x, x]\nb: &b [*a, *a]\nrobots: [*b, *b]', 'robots yaml-syntax'],
    [`robots: ${'['.repeat(100_000)}`, 'robots yaml-syntax'],
    ['x'.repeat(2_000_001), 'robots yaml-syntax'],
  ])('%.60s', (yaml, problem) => {
    expect(problems(yaml)).toEqual([problem]);
  });

  test('a name that several lines have', () => {
    const lines = new Map([...view.lines].map(([id, line]) => [id, { ...line, name: 'Линия' }]));
    expect(problems('robots: [{settings: {line: Линия}}]', { ...view, lines })).toEqual([
      'robots[0].settings.line ambiguous-name',
    ]);
  });

  test('what is not a robot is left to the validation', () => {
    const outcome = importRobots('robots: [5, {settings: 1}]', view);
    expect(outcome).toEqual({ ok: true, value: [5, { settings: 1 }] });
  });
});
