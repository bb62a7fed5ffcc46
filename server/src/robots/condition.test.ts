import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLeadView } from '../../test/build-lead-view.ts';
import { evaluateCondition, toDate, toNumber, toYesNo } from './condition.ts';
import type { FieldValue } from './kind.ts';
import { Clause, Condition } from './robot.ts';

type Op = Clause['op'];

function holds(actual: FieldValue, op: Op, to?: Clause['to']): boolean {
  const view = buildLeadView({ fields: { x: actual } });
  return evaluateCondition({ all: [{ value: 'field.x', op, ...(to === undefined ? {} : { to }) }] }, view).holds;
}

function holdsResult(actual: string | null, op: Op, to?: Clause['to']): boolean {
  const view = buildLeadView({ results: { check: { exists: actual } } });
  return evaluateCondition({ all: [{ value: 'check.exists', op, ...(to === undefined ? {} : { to }) }] }, view).holds;
}

const OPS = Clause.shape.op.options;

describe('an empty value', () => {
  test.each([null, '', '  \n'])('%j satisfies only notFilled and notEquals', (empty) => {
    const satisfied = OPS.filter((op) => holds(empty, op, op === 'inRange' || op === 'oneOf' ? ['', 'zz'] : 'x'));
    expect(satisfied).toEqual(['notEquals', 'notFilled']);
  });

  test('is what a robot that did not act, or a field nobody knows, has', () => {
    expect(evaluateCondition({ all: [{ value: 'gone.sent', op: 'notFilled' }] }, buildLeadView()).holds).toBe(true);
    expect(evaluateCondition({ all: [{ value: 'field.__proto__', op: 'notFilled' }] }, buildLeadView()).holds).toBe(
      true,
    );
    expect(evaluateCondition({ all: [{ value: 'constructor', op: 'notFilled' }] }, buildLeadView()).holds).toBe(true);
  });

  test('is not a false yes-no and not the number 0', () => {
    expect(holds(false, 'filled')).toBe(true);
    expect(holds(0, 'filled')).toBe(true);
  });
});

describe('a result', () => {
  test('Y, N and E go their own ways', () => {
    expect(holdsResult('Y', 'equals', 'Y')).toBe(true);
    expect(holdsResult('N', 'equals', 'Y')).toBe(false);
    expect(holdsResult('E', 'equals', 'N')).toBe(false);
    expect(holdsResult('E', 'notEquals', 'Y')).toBe(true);
  });

  test('U satisfies neither N nor "not Y": nobody knows yet', () => {
    expect(holdsResult('U', 'equals', 'N')).toBe(false);
    expect(holdsResult('U', 'notEquals', 'Y')).toBe(false);
    expect(holdsResult('U', 'notEquals', 'y')).toBe(false);
    expect(holdsResult('U', 'notEquals', 'N')).toBe(false);
    expect(holdsResult('U', 'notContains', 'Y')).toBe(false);
  });

  test('U is U, and is not E', () => {
    expect(holdsResult('U', 'equals', 'U')).toBe(true);
    expect(holdsResult('U', 'notEquals', 'E')).toBe(true);
    expect(holdsResult('U', 'oneOf', ['E', 'U'])).toBe(true);
  });

  test('the letter U in a field of the lead is a letter', () => {
    expect(holds('U', 'notEquals', 'Y')).toBe(true);
  });
});

describe('texts', () => {
  test('are compared trimmed and without regard to case', () => {
    expect(holds(' ИВАНОВ ', 'equals', 'иванов')).toBe(true);
    expect(holds('Иван Иванов', 'contains', 'иванОВ')).toBe(true);
    expect(holds('Иван', 'notContains', 'петр')).toBe(true);
    expect(holds('Иван', 'notEquals', 'иван ')).toBe(false);
    expect(holds('b', 'oneOf', ['A', 'B'])).toBe(true);
    expect(holds('c', 'oneOf', ['A', 'B'])).toBe(false);
  });

  test('that look like numbers stay texts', () => {
    expect(holds('007', 'equals', '7')).toBe(false);
  });

  test('have no order', () => {
    expect(holds('b', 'greater', 'a')).toBe(false);
    expect(holds('b', 'less', 'c')).toBe(false);
    expect(holds('b', 'inRange', ['a', 'c'])).toBe(false);
  });

  test('do not contain nothing', () => {
    expect(holds('abc', 'contains', '')).toBe(false);
    expect(holds('abc', 'contains')).toBe(false);
  });
});

describe('numbers', () => {
  test('compare by size, not by letters', () => {
    expect(holds(10, 'greater', 9)).toBe(true);
    expect(holds(10, 'greater', '9')).toBe(true);
    expect(holds('10', 'greater', '9')).toBe(true);
    expect(holds(10, 'less', 9)).toBe(false);
    expect(holds(1500.5, 'equals', '1 500,5')).toBe(true);
    expect(holds(7, 'oneOf', ['7', 8])).toBe(true);
    expect(holds('7.0', 'equals', 7)).toBe(true);
  });

  test('are in a range with both its ends', () => {
    expect([0, 1, 5, 10, 11].map((one) => holds(one, 'inRange', [1, 10]))).toEqual([false, true, true, true, false]);
    expect(holds(5, 'inRange', [10, 1])).toBe(false);
    expect(holds(5, 'inRange', [1])).toBe(false);
    expect(holds(5, 'inRange', 'x')).toBe(false);
  });
});

describe('dates', () => {
  test('compare as days', () => {
    expect(holds('2026-02-01', 'greater', '2026-01-31')).toBe(true);
    expect(holds('2026-02-01', 'less', '2026-01-31')).toBe(false);
    expect(holds('2026-02-01', 'less', '2026-02-01')).toBe(false);
    expect(holds('2026-02-01', 'inRange', ['2026-02-01', '2026-03-01'])).toBe(true);
  });

  test('that do not exist have no order', () => {
    expect(holds('2026-02-31', 'greater', '2026-01-31')).toBe(false);
  });
});

describe('yes-no', () => {
  test.each([true, 'Y', 'да', 'true', 1])('yes equals %j', (yes) => {
    expect(holds(true, 'equals', yes)).toBe(true);
    expect(holds(false, 'notEquals', yes)).toBe(true);
  });

  test('no equals N, and nothing else', () => {
    expect(holds(false, 'equals', 'N')).toBe(true);
    expect(holds(false, 'equals', 'maybe')).toBe(false);
    expect(holds('да', 'equals', true)).toBe(true);
  });
});

test('values of the lead itself can be compared', () => {
  const view = buildLeadView();
  const all: Clause[] = [
    { value: 'lead.title', op: 'contains', to: 'заявка' },
    { value: 'lead.name', op: 'equals', to: 'анна' },
    { value: 'lead.email', op: 'notFilled' },
    { value: 'lead.source', op: 'equals', to: 'сайт' },
    { value: 'lead.stage', op: 'equals', to: 'Не обработан' },
    { value: 'lead.phone', op: 'contains', to: '+7900' },
    { value: 'lead.createdAt', op: 'notFilled' },
  ];
  expect(evaluateCondition({ all }, view).holds).toBe(true);
});

test('groups nest, and every comparison is recorded', () => {
  const view = buildLeadView({ fields: { x: 1 } });
  const yes: Clause = { value: 'field.x', op: 'equals', to: 1 };
  const no: Clause = { value: 'field.x', op: 'equals', to: 2 };
  expect(evaluateCondition({ any: [no, { all: [yes, yes] }] }, view).holds).toBe(true);
  expect(evaluateCondition({ all: [yes, { any: [no, no] }] }, view).holds).toBe(false);
  expect(evaluateCondition({ any: [yes, no] }, view)).toEqual({
    holds: true,
    compared: [
      { value: 'field.x', op: 'equals', to: 1, actual: 1, holds: true },
      { value: 'field.x', op: 'equals', to: 2, actual: 1, holds: false },
    ],
  });
});

test('a robot without a condition acts', () => {
  expect(evaluateCondition(null, buildLeadView())).toEqual({ holds: true, compared: [] });
});

const anyValue = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null));
const anyTo = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.oneof(fc.string(), fc.double())));
const anyClause = fc.record({
  value: fc.oneof(fc.constantFrom('field.x', 'lead.name', 'r.sent', 'field.', '.x'), fc.string({ minLength: 1 })),
  op: fc.constantFrom(...OPS),
  to: fc.option(anyTo, { nil: undefined }),
});

test('no value and no condition makes it throw, and the opposites never both hold', () => {
  fc.assert(
    fc.property(anyClause, anyValue, fc.option(fc.string()), (clause, x, sent) => {
      const view = buildLeadView({ fields: { x }, results: { r: { sent } } });
      const outcome = (op: Op) => evaluateCondition({ all: [{ ...clause, op } as Clause] }, view).holds;
      expect(outcome('filled')).toBe(!outcome('notFilled'));
      expect(outcome('equals') && outcome('notEquals')).toBe(false);
      expect(outcome('contains') && outcome('notContains')).toBe(false);
      expect(outcome('greater') && outcome('less')).toBe(false);
    }),
  );
});

test('any group that the schema takes is evaluated', () => {
  const { group } = fc.letrec<{ group: unknown; member: unknown }>((tie) => ({
    group: fc.oneof(
      fc.record({ all: fc.array(tie('member'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('member'), { minLength: 1, maxLength: 3 }) }),
    ),
    member: fc.oneof({ depthSize: 'small' }, anyClause, tie('group')),
  }));
  fc.assert(
    fc.property(group, (condition) => {
      const parsed = Condition.safeParse(condition);
      if (parsed.success) expect(typeof evaluateCondition(parsed.data, buildLeadView()).holds).toBe('boolean');
    }),
  );
});

describe('values as people write them', () => {
  test('numbers', () => {
    const read = [1.5, Number.NaN, Number.POSITIVE_INFINITY, '1 500,5', ' -7 ', 'семь', '', null, true].map(toNumber);
    expect(read).toEqual([1.5, null, null, 1500.5, -7, null, null, null, null]);
  });

  test('dates that exist', () => {
    expect(['2026-02-28', ' 2026-02-28 ', '2026-02-30', '28.02.2026', 5, null].map(toDate)).toEqual([
      '2026-02-28',
      '2026-02-28',
      null,
      null,
      null,
      null,
    ]);
  });

  test('yes and no', () => {
    const read = [true, false, 'Да', 'НЕТ', 'y', 'N', 1, 0, 2, 'может быть', null, {}].map(toYesNo);
    expect(read).toEqual([true, false, true, false, true, false, true, false, null, null, null, null]);
  });
});
