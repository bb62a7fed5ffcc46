import { expect, test } from 'vitest';
import { pickNumbers } from './phone-pick.ts';

const phones = [
  { value: '+79000000001', type: 'WORK' },
  { value: '+79000000002', type: 'MOBILE' },
  { value: '+79000000001', type: 'HOME' },
] as const;

test('the first number is taken', () => {
  expect(pickNumbers({ pick: 'first' }, phones)).toEqual({
    ok: true,
    value: { phones: ['+79000000001'], choose: 'all' },
  });
});

test('all numbers are taken once each', () => {
  const both = ['+79000000001', '+79000000002'];
  expect(pickNumbers({ pick: 'all' }, phones)).toEqual({ ok: true, value: { phones: both, choose: 'all' } });
  expect(pickNumbers({ pick: 'firstWithWhatsapp' }, phones)).toEqual({
    ok: true,
    value: { phones: both, choose: 'firstWithWhatsapp' },
  });
});

test('the first number of a type is taken, also when the same number comes twice', () => {
  expect(pickNumbers({ pick: 'type', type: 'HOME', otherwise: 'error' }, phones)).toMatchObject({
    value: { phones: ['+79000000001'] },
  });
});

test('a lead without a number of the type gives an error, or its first number if so set', () => {
  expect(pickNumbers({ pick: 'type', type: 'OTHER', otherwise: 'error' }, phones)).toEqual({
    ok: false,
    error: 'no-phone-of-type',
  });
  expect(pickNumbers({ pick: 'type', type: 'OTHER', otherwise: 'first' }, phones)).toMatchObject({
    value: { phones: ['+79000000001'] },
  });
});

test('a lead without a phone gives an error whatever is picked', () => {
  for (const pick of [
    { pick: 'first' },
    { pick: 'all' },
    { pick: 'firstWithWhatsapp' },
    { pick: 'type', type: 'WORK', otherwise: 'first' },
  ] as const) {
    expect(pickNumbers(pick, [])).toEqual({ ok: false, error: 'no-phone' });
  }
});
