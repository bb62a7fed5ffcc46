import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildRobot, buildWorkspaceView } from '../../test/build-robot.ts';
import type { WorkspaceView } from './kind.ts';
import { problemMessage } from './problem.ts';
import type { Clause, Robot } from './robot.ts';
import { validateRobots } from './validate.ts';

const view = buildWorkspaceView();
const phone = { pick: 'first' };
const check = buildRobot();
const message = buildRobot({
  ref: 'message',
  kind: 'whatsapp.message',
  settings: { lineId: 'line_wa', phone, text: 'Привет' },
});
const sms = buildRobot({ ref: 'sms', kind: 'sms.message', settings: { lineId: 'line_sms', phone, text: 'Привет' } });
const file = buildRobot({
  ref: 'file',
  kind: 'whatsapp.file',
  settings: { lineId: 'line_wa', phone, fileId: 'file_1' },
});
const update = buildRobot({
  ref: 'update',
  kind: 'lead.update',
  settings: { changes: [{ field: 'field.number_exists', value: 'Y' }] },
});
const move = buildRobot({ ref: 'move', kind: 'lead.move', settings: { stageId: 'stage_2' } });

function after(robot: Robot, overrides: Partial<Robot> = {}): Robot {
  return { ...robot, after: 'previous', ...overrides };
}

function when(robot: Robot, clause: Clause): Robot {
  return { ...robot, condition: { all: [clause] } };
}

function problems(robots: unknown, workspace: WorkspaceView = view): string[] {
  return validateRobots(robots, workspace).problems.map(({ path, code }) => `${path} ${code}`);
}

function warnings(robots: unknown, workspace: WorkspaceView = view): string[] {
  return validateRobots(robots, workspace).warnings.map(({ path, code }) => `${path} ${code}`);
}

test('a list without a mistake is taken, with defaults filled in', () => {
  const { robots, problems: found } = validateRobots(
    [
      { ref: 'check', kind: 'whatsapp.check', settings: { phone } },
      after(message),
      after(file),
      after(sms),
      after(update),
      after(move),
    ],
    view,
  );
  expect(found).toEqual([]);
  expect(robots[0]).toEqual(buildRobot({ settings: { phone, lineId: null, timeoutSeconds: 600 } }));
  expect(validateRobots([], view)).toEqual({ robots: [], problems: [], warnings: [] });
});

describe('the form of a list', () => {
  test.each([
    [null, 'robots wrong-type'],
    [undefined, 'robots required'],
    ['x', 'robots wrong-type'],
    [[5], 'robots[0] wrong-type'],
    [[{ ...check, ref: 'Проверка' }], 'robots[0].ref invalid-ref'],
    [[{ ...check, ref: '' }], 'robots[0].ref invalid-ref'],
    [[{ ...check, after: 'later' }], 'robots[0].after not-allowed'],
    [[{ ...check, delaySeconds: -1 }], 'robots[0].delaySeconds too-small'],
    [[{ ...check, delaySeconds: 1e12 }], 'robots[0].delaySeconds too-big'],
    [[{ ...check, enabled: 'yes' }], 'robots[0].enabled wrong-type'],
    [[{ ...check, colour: 'red' }], 'robots[0].colour unknown-key'],
    [[{ ...check, settings: undefined }], 'robots[0].settings required'],
    [[{ ...check, condition: { all: [] } }], 'robots[0].condition.all too-small'],
    [
      [{ ...check, condition: { all: [{ value: 'lead.name', op: 'is' }] } }],
      'robots[0].condition.all[0].op not-allowed',
    ],
    [[{ ...check, condition: { any: [{ op: 'filled' }] } }], 'robots[0].condition.any[0].value required'],
    [Array(101).fill(check), 'robots too-big'],
  ])('%j', (robots, problem) => {
    expect(problems(robots)).toContain(problem);
  });

  test('a condition nested without end is refused, not followed', () => {
    let condition: unknown = { value: 'lead.name', op: 'filled' };
    for (let depth = 0; depth < 50_000; depth += 1) condition = { all: [condition] };
    expect(problems([{ ...check, condition }])).toEqual(['robots too-deep']);
  });

  test('a text that cannot be stored is refused where it stands', () => {
    expect(
      problems([{ ...check, title: 'a\0b' }, after(message, { settings: { ...message.settings, text: '\ud800' } })]),
    ).toEqual(['robots[0].title forbidden-text', 'robots[1].settings.text forbidden-text']);
  });
});

describe('kinds and refs', () => {
  test('an unknown kind is refused', () => {
    expect(problems([{ ...check, kind: 'telegram.message' }])).toEqual(['robots[0].kind unknown-kind']);
    expect(problems([{ ...check, kind: '__proto__' }])).toEqual(['robots[0].kind unknown-kind']);
  });

  test('a ref is used once, and is no reserved word', () => {
    expect(problems([check, check])).toEqual(['robots[1].ref duplicate-ref']);
    expect(problems([{ ...check, ref: 'lead' }])).toEqual(['robots[0].ref reserved-ref']);
  });
});

describe('settings', () => {
  const settings = (robot: Robot, changes: object) =>
    problems([{ ...robot, settings: { ...robot.settings, ...changes } }]);

  test.each([
    [check, { phone: undefined }, 'phone required'],
    [check, { phone: { pick: 'last' } }, 'phone.pick not-allowed'],
    [check, { phone: { pick: 'type', type: 'FAX' } }, 'phone.type not-allowed'],
    [check, { phone: { pick: 'type' } }, 'phone.type not-allowed'],
    [check, { timeoutSeconds: 0 }, 'timeoutSeconds too-small'],
    [check, { timeoutSeconds: 86_401 }, 'timeoutSeconds too-big'],
    [check, { timeoutSeconds: '600' }, 'timeoutSeconds wrong-type'],
    [check, { speed: 1 }, 'speed unknown-key'],
    [check, { lineId: 'line_gone' }, 'lineId unknown-line'],
    [check, { lineId: 'line_sms' }, 'lineId wrong-medium'],
    [message, { lineId: undefined }, 'lineId required'],
    [message, { lineId: 'line_sms' }, 'lineId wrong-medium'],
    [message, { text: '' }, 'text required'],
    [message, { text: 5 }, 'text wrong-type'],
    [message, { text: 'x'.repeat(20_001) }, 'text too-big'],
    [message, { text: '{{ Номер существует? }}' }, 'text template-trailing'],
    [message, { text: '{{ lead.nmae }}' }, 'text unknown-name'],
    [message, { text: '{{ field.gone }}' }, 'text unknown-field'],
    [message, { text: '{{ Поля["Нет такого"] }}' }, 'text unknown-field'],
    [message, { text: '{{ Номер }}' }, 'text unknown-name'],
    [message, { text: '{{ ghost.exists }}' }, 'text unknown-name'],
    [message, { text: '{{ lead.name.size }}' }, 'text unknown-name'],
    [message, { text: '{{ lead.name | shout }}' }, 'text unknown-filter'],
    [message, { text: '{% include "x" %}' }, 'text unknown-tag'],
    [message, { text: '{{ lead.name' }, 'text template-syntax'],
    [sms, { lineId: 'line_wa' }, 'lineId wrong-medium'],
    [sms, { phone: { pick: 'firstWithWhatsapp' } }, 'phone.pick sms-needs-number'],
    [file, { fileId: null }, ' file-or-link'],
    [file, { url: 'https://example.com/a.pdf' }, ' file-or-link'],
    [file, { fileId: 'file_gone' }, 'fileId unknown-file'],
    [file, { fileId: null, url: 'https://yadi.sk/d/a' }, 'url link-yandex-disk'],
    [file, { fileId: null, url: 'file:///etc/passwd' }, 'url link-not-http'],
    [file, { caption: '{{ lead.nmae }}' }, 'caption unknown-name'],
    [update, { changes: [] }, 'changes too-small'],
    [update, { changes: [{ field: 'gone', value: '' }] }, 'changes[0].field unknown-field'],
    [update, { changes: [{ field: 'lead.id', value: '' }] }, 'changes[0].field unknown-field'],
    [update, { changes: [{ field: 'sum', value: 'много' }] }, 'changes[0].value not-a-number'],
    [update, { changes: [{ field: 'call_on', value: '2026-02-31' }] }, 'changes[0].value not-a-date'],
    [update, { changes: [{ field: 'vip', value: 'maybe' }] }, 'changes[0].value not-yes-no'],
    [update, { changes: [{ field: 'city', value: 'Тверь' }] }, 'changes[0].value not-an-option'],
    [update, { changes: [{ field: 'sum', value: '{{ lead.nmae }}' }] }, 'changes[0].value unknown-name'],
    [update, { changes: [{ field: 'sum' }] }, 'changes[0].value required'],
    [move, { stageId: 'stage_gone' }, 'stageId unknown-stage'],
  ])('of %j: %j', (robot, changes, problem) => {
    const path = `robots[0].settings.${problem}`.replace('. ', ' ');
    expect(settings(robot, changes)).toEqual([path]);
  });

  test('a change takes a number, a yes-no or nothing, stored as text; a bare code means an own field', () => {
    const changes = [
      { field: 'sum', value: 5 },
      { field: 'field.vip', value: true },
      { field: 'lead.name', value: null },
    ];
    expect(validateRobots([{ ...update, settings: { changes } }], view)).toMatchObject({
      problems: [],
      robots: [
        {
          settings: {
            changes: [
              { field: 'field.sum', value: '5' },
              { field: 'field.vip', value: 'Y' },
              { field: 'lead.name', value: '' },
            ],
          },
        },
      ],
    });
  });

  test('a field named by its name is stored by its code', () => {
    const text = '{{ Поля["Номер существует?"] }}';
    const { robots, problems: found } = validateRobots([{ ...message, settings: { ...message.settings, text } }], view);
    expect(found).toEqual([]);
    expect(robots[0]?.settings['text']).toBe('{{ field.number_exists }}');
  });

  test('an uploaded file needs a line that takes bytes, or a public address', () => {
    const lines = new Map([...view.lines].map(([id, line]) => [id, { ...line, fileBytes: false }]));
    expect(problems([file], { ...view, lines })).toEqual(['robots[0].settings.fileId needs-public-url']);
    expect(problems([file], { ...view, lines, publicUrl: true })).toEqual([]);
    const link = { ...file, settings: { ...file.settings, fileId: null, url: 'https://example.com/a.pdf' } };
    expect(problems([link], { ...view, lines })).toEqual([]);
  });

  test('a line must be able to do what the robot does', () => {
    const lines = new Map([...view.lines].map(([id, line]) => [id, { ...line, file: false, check: false }]));
    const named = { ...check, settings: { phone, lineId: 'line_wa' } };
    expect(problems([named, file], { ...view, lines })).toEqual([
      'robots[0].settings.lineId line-cannot-check',
      'robots[1].settings.lineId line-cannot-send-files',
    ]);
  });
});

describe('results of other robots', () => {
  const ifExists: Clause = { value: 'check.exists', op: 'equals', to: 'Y' };
  const reads = { ...message, settings: { ...message.settings, text: '{{ check.exists }}' } };

  test('of an earlier robot of the chain can be read', () => {
    expect(problems([check, after(when(reads, ifExists))])).toEqual([]);
  });

  test('of a later robot are refused', () => {
    expect(problems([when(reads, ifExists), after(check)])).toEqual([
      'robots[0].condition.all[0].value later-robot',
      'robots[0].settings.text later-robot',
    ]);
  });

  test('of another chain are refused', () => {
    expect(problems([check, when(reads, ifExists)])).toEqual([
      'robots[1].condition.all[0].value other-chain',
      'robots[1].settings.text other-chain',
    ]);
  });

  test('of its own are refused, as are those that a kind does not have', () => {
    expect(problems([when(check, ifExists)])).toEqual(['robots[0].condition.all[0].value own-result']);
    expect(problems([check, after(when(message, { value: 'check.sent', op: 'filled' }))])).toEqual([
      'robots[1].condition.all[0].value unknown-result',
    ]);
  });

  test('a disabled robot between them changes nothing', () => {
    const between = buildRobot({ ref: 'other', enabled: false });
    expect(problems([check, between, after(when(message, ifExists))])).toEqual([]);
  });

  test('of a disabled robot can be read, with a warning', () => {
    const robots = [{ ...check, enabled: false }, after(when(message, ifExists))];
    expect(problems(robots)).toEqual([]);
    expect(warnings(robots)).toEqual(['robots[1].condition.all[0].value disabled-robot']);
  });

  test('a disabled robot is checked where it would run', () => {
    expect(problems([check, after(when(message, ifExists), { enabled: false })])).toEqual([]);
    expect(problems([check, { ...when(message, ifExists), enabled: false }])).toEqual([
      'robots[1].condition.all[0].value other-chain',
    ]);
  });
});

describe('what a condition compares to', () => {
  test.each([
    [{ value: 'lead.nmae', op: 'filled' }, 'value unknown-name'],
    [{ value: 'lead', op: 'filled' }, 'value unknown-name'],
    [{ value: 'field.gone', op: 'filled' }, 'value unknown-field'],
    [{ value: 'lead.name', op: 'filled', to: 'x' }, 'to needless-value'],
    [{ value: 'lead.name', op: 'equals' }, 'to needs-value'],
    [{ value: 'lead.name', op: 'notEquals', to: ' ' }, 'to needs-value'],
    [{ value: 'lead.name', op: 'equals', to: ['a'] }, 'to needs-one-value'],
    [{ value: 'lead.name', op: 'oneOf', to: 'a' }, 'to needs-list'],
    [{ value: 'lead.name', op: 'oneOf', to: [] }, 'to needs-list'],
    [{ value: 'lead.name', op: 'greater', to: 'b' }, 'to needs-order'],
    [{ value: 'field.sum', op: 'inRange', to: [1] }, 'to needs-range'],
    [{ value: 'field.sum', op: 'inRange', to: [2, 1] }, 'to reversed-range'],
    [{ value: 'field.sum', op: 'inRange', to: ['a', 'b'] }, 'to needs-order'],
    [{ value: 'field.sum', op: 'greater', to: 'много' }, 'to not-a-number'],
    [{ value: 'field.sum', op: 'equals', to: 'много' }, 'to not-a-number'],
    [{ value: 'field.call_on', op: 'less', to: '01.02.2026' }, 'to not-a-date'],
    [{ value: 'field.vip', op: 'equals', to: 'maybe' }, 'to not-yes-no'],
    [{ value: 'field.vip', op: 'greater', to: 1 }, 'to needs-order'],
    [{ value: 'field.city', op: 'oneOf', to: ['Москва', 'Тверь'] }, 'to not-an-option'],
    [{ value: 'check.exists', op: 'equals', to: 'NW' }, 'to impossible-value'],
    [{ value: 'check.exists', op: 'notEquals', to: 'да' }, 'to impossible-value'],
    [{ value: 'check.exists', op: 'oneOf', to: ['Y', 'U'] }, 'to impossible-value'],
    [{ value: 'check.exists', op: 'greater', to: 1 }, 'to needs-order'],
  ] as [Clause, string][])('%j', (clause, problem) => {
    expect(problems([check, after(when(message, clause))])).toEqual([`robots[1].condition.all[0].${problem}`]);
  });

  test.each([
    { value: 'lead.phone', op: 'contains', to: '+7' },
    { value: 'lead.email', op: 'notFilled' },
    { value: 'field.sum', op: 'inRange', to: ['1 000', 2000] },
    { value: 'field.call_on', op: 'greater', to: '2026-01-01' },
    { value: 'field.vip', op: 'equals', to: true },
    { value: 'field.city', op: 'oneOf', to: ['казань'] },
    { value: 'field.number_exists', op: 'greater', to: 5 },
    { value: 'check.exists', op: 'oneOf', to: ['n', 'E'] },
    { value: 'check.error', op: 'contains', to: 'линия' },
  ] as Clause[])('%j is right', (clause) => {
    expect(problems([check, after(when(message, clause))])).toEqual([]);
  });

  test('the path leads into nested groups', () => {
    const nested = {
      any: [
        {
          all: [
            { value: 'lead.name', op: 'filled' },
            { value: 'x.y', op: 'filled' },
          ],
        },
      ],
    };
    expect(problems([{ ...check, condition: nested }])).toEqual([
      'robots[0].condition.any[0].all[1].value unknown-name',
    ]);
  });
});

describe('warnings', () => {
  const ifField: Clause = { value: 'field.number_exists', op: 'equals', to: 'Y' };

  test('a parallel robot that reads a field which this stage writes', () => {
    expect(warnings([update, when(message, ifField)])).toEqual(['robots[1].condition.all[0].value reads-too-early']);
    expect(warnings([update, after(when(message, ifField))])).toEqual([]);
    expect(warnings([{ ...update, enabled: false }, when(message, ifField)])).toEqual([]);
  });

  test('no branch for a check that failed', () => {
    const yes = after(when(message, { value: 'check.exists', op: 'equals', to: 'Y' }));
    const no = after(when(sms, { value: 'check.exists', op: 'equals', to: 'N' }));
    const error = after(when(update, { value: 'check.exists', op: 'equals', to: 'E' }));
    const not = after(when(sms, { value: 'check.exists', op: 'notEquals', to: 'Y' }));
    expect(warnings([check, yes, no])).toEqual(['robots[0] no-branch-for-error']);
    expect(warnings([check, yes, no, error])).toEqual([]);
    expect(warnings([check, yes, not])).toEqual([]);
    expect(warnings([check])).toEqual([]);
  });

  test('writing the result down is a branch', () => {
    const remember = after(update, {
      settings: { changes: [{ field: 'number_exists', value: '{{ check.exists }}' }] },
    });
    expect(warnings([check, remember])).toEqual([]);
  });

  test('a condition that wants one value to be two things', () => {
    const all: Clause[] = [ifField, { ...ifField, to: 'N' }];
    expect(warnings([{ ...message, condition: { any: [{ all }] } }])).toEqual([
      'robots[0].condition.any[0] never-holds',
    ]);
    expect(warnings([{ ...message, condition: { any: all } }])).toEqual([]);
    expect(warnings([{ ...message, condition: { all: [ifField, { ...ifField, to: ' y' }] } }])).toEqual([]);
  });

  test('robots below a move', () => {
    expect(warnings([move, after(message), sms])).toEqual(['robots[1] after-move']);
    expect(warnings([when(move, ifField), after(message)])).toEqual([]);
  });

  test('a check without any line that can check', () => {
    expect(warnings([check], { ...view, lines: new Map() })).toEqual(['robots[0].settings.lineId no-line']);
  });
});

test('every problem reads as a sentence in both languages', () => {
  const { problems: found } = validateRobots(
    [check, check, { ...message, settings: { ...message.settings, lineId: 'line_sms', text: '{{ a b }}' } }],
    view,
  );
  expect(found.map((problem) => problemMessage(problem, 'ru'))).toEqual([
    'Код «check» уже занят другим роботом стадии',
    'Линия «SMS симулятор» не подходит: нужна линия WhatsApp',
    'Непонятно, что подставить: a b. Поле по названию пишется так: Поля["Номер существует?"]',
  ]);
  expect(problemMessage(found[0]!, 'en')).toBe('Another robot of the stage has the ref "check"');
});

describe('it never throws', () => {
  test('on rubbish', () => {
    fc.assert(fc.property(fc.anything(), (input) => Array.isArray(validateRobots(input, view).problems)));
    fc.assert(fc.property(fc.array(fc.anything()), (input) => Array.isArray(validateRobots(input, view).problems)));
  });

  test('on lists that are nearly right', () => {
    const value = fc.constantFrom(
      'check.exists',
      'message.sent',
      'field.sum',
      'lead.name',
      'x',
      'field.',
      'Поля.Сумма',
    );
    const clause = fc.record({
      value,
      op: fc.constantFrom('equals', 'oneOf', 'inRange', 'filled', 'greater', 'no'),
      to: fc.oneof(fc.constantFrom('Y', 'N', '', 1, true), fc.array(fc.constantFrom('Y', 2)), fc.anything()),
    });
    const robot = fc.record({
      ref: fc.constantFrom('check', 'message', 'lead', 'a'),
      kind: fc.constantFrom(
        'whatsapp.check',
        'whatsapp.message',
        'whatsapp.file',
        'sms.message',
        'lead.update',
        'lead.move',
      ),
      enabled: fc.boolean(),
      after: fc.constantFrom('parallel', 'previous'),
      condition: fc.option(fc.record({ all: fc.array(clause) })),
      settings: fc.constantFrom<unknown[]>(
        ...[check, message, sms, file, update, move].map((one) => one.settings),
        {},
        { phone, lineId: 5, text: null },
      ),
    });
    fc.assert(
      fc.property(fc.array(robot, { maxLength: 8 }), (input) => {
        const verdict = validateRobots(input, view);
        for (const problem of [...verdict.problems, ...verdict.warnings]) {
          expect(problem.path).toMatch(/^robots(\[\d+\])?/);
          expect(problemMessage(problem, 'ru').length).toBeGreaterThan(3);
        }
        if (verdict.problems.length === 0) expect(validateRobots(verdict.robots, view)).toEqual(verdict);
      }),
    );
  });
});
