import { expect, test } from 'vitest';
import { redactUrl } from './redact-url.ts';

test('hides query values, passwords and token-like path parts', () => {
  expect(
    redactUrl(
      'https://user:pass@api.example/waInstance1101/sendMessage/d75b3a66374942c5b3c019c698abc2067e151558acbd412345?to=7900&key=1',
    ),
  ).toBe('https://api.example/waInstance1101/sendMessage/***?to=***&key=***');
});

test('keeps ordinary paths', () => {
  expect(redactUrl('http://127.0.0.1:3000/api/contacts/check-exists')).toBe(
    'http://127.0.0.1:3000/api/contacts/check-exists',
  );
});

test('says nothing of what is no URL', () => {
  expect(redactUrl('d75b3a66374942c5b3c019c698abc2067')).toBe('[not a URL]');
});
