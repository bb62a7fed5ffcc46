import { describe, expect, it } from 'vitest';
import { parsePhone } from './phone-number.ts';

describe('parsePhone', () => {
  it.each([
    ['8 (900) 123-45-67', '+79001234567'],
    ['79001234567', '+79001234567'],
    ['+7 900 123-45-67', '+79001234567'],
    ['9001234567', '+79001234567'],
    ['+7 900 123 45 67 доб. 12', '+79001234567'],
    ['８（９００）１２３－４５－６７', '+79001234567'],
    ['8-800-555-35-35', '+78005553535'],
    ['тел. 8 900 123-45-67', '+79001234567'],
    ['Моб: +7 900 123 45 67', '+79001234567'],
    ['+380 50 123 45 67', '+380501234567'],
  ])('reads %s', (raw, phone) => {
    expect(parsePhone(raw, 'RU')).toEqual({ ok: true, value: phone });
  });

  it.each([
    ['', 'phone.empty'],
    ['123', 'phone.too-short'],
    ['8 900 123 45 67 99', 'phone.too-long'],
    ['+7 000 000 00 00', 'phone.invalid'],
    ['Иван 89001234567', 'phone.not-a-number'],
    ['8 900 123 45 67, 8 900 123 45 68', 'phone.not-a-number'],
    ['7,9001E+10', 'phone.rounded'],
    ['8'.repeat(101), 'phone.not-a-number'],
  ])('refuses %s', (raw, error) => {
    expect(parsePhone(raw, 'RU')).toEqual({ ok: false, error });
  });

  it('reads by the country of the workspace, the same text twice and another country in between', () => {
    expect(parsePhone('0501234567', 'UA')).toEqual({ ok: true, value: '+380501234567' });
    expect(parsePhone('0501234567', 'RU').ok).toBe(false);
    expect(parsePhone('0501234567', 'UA')).toEqual({ ok: true, value: '+380501234567' });
  });
});
