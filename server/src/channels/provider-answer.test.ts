import { expect, test } from 'vitest';
import type { Language } from '../accounts/principal.ts';
import type { HttpFault, HttpOutcome } from '../lib/http.ts';
import { failedCheck, failedLookUp, failedSend, type ProviderFailure, readProviderAnswer } from './provider-answer.ts';

function answered(status: number, json?: unknown, headers: Record<string, string> = {}): HttpOutcome {
  return { type: 'answer', status, headers, body: json === undefined ? '' : JSON.stringify(json), json };
}

function failure(outcome: HttpOutcome, language: Language = 'en'): ProviderFailure {
  const answer = readProviderAnswer(outcome, 'WAHA', language);
  if (answer.type === 'success') throw new Error('expected a failure');
  return answer;
}

test.each([200, 201, 204])('%i is a success', (status) => {
  expect(readProviderAnswer(answered(status, { id: 1 }), 'WAHA', 'en')).toEqual({
    type: 'success',
    status,
    json: { id: 1 },
  });
});

test.each([
  [{ type: 'not-sent', fault: 'refused', error: 'x' } as const, 'unreachable', 'not-sent', true],
  [{ type: 'no-answer', fault: 'cut', error: 'x' } as const, 'lost', 'uncertain', true],
  [answered(302), 'misconfigured', 'not-sent', true],
  [answered(401), 'misconfigured', 'not-sent', true],
  [answered(404), 'misconfigured', 'not-sent', true],
  [answered(400), 'rejected', 'refused', false],
  [answered(408), 'broken', 'uncertain', true],
  [answered(429), 'throttled', 'not-sent', true],
  [answered(500), 'broken', 'uncertain', true],
  [answered(503), 'broken', 'uncertain', true],
])('%j is %s: a send is %s, a check is worth a retry: %s', (outcome, type, send, retry) => {
  const found = failure(outcome);
  expect(found.type).toBe(type);
  expect(failedSend(found).outcome).toBe(send);
  expect(failedCheck(found)).toMatchObject({ outcome: 'error', retry });
  expect(failedLookUp(found).outcome).toBe('unknown');
});

test('retry-after goes along', () => {
  const throttled = failure(answered(429, undefined, { 'retry-after': '3' }));
  expect(failedSend(throttled)).toMatchObject({ retryAfterMs: 3000 });
  expect(failedCheck(throttled)).toMatchObject({ retryAfterMs: 3000 });
});

test.each([
  [{ message: 'bad', error: 'Bad Request' }, 'bad'],
  [{ message: ['a is missing', 'b is missing'] }, 'a is missing; b is missing'],
  [{ exception: { message: 'boom', stack: 'at x' } }, 'boom'],
  [{ error: { message: 'inner' } }, 'inner'],
  [{ what: 1 }, '{"what":1}'],
  [undefined, null],
])('the words of %j are found', (json, words) => {
  const found = failure(answered(400, json));
  expect(found.words).toBe(words);
  if (words !== null) expect(found.error).toContain(`“${words}”`);
});

test.each<[number, string, string]>([
  [401, 'отклонил ключ API (401): проверьте ключ', 'refused the API key (401): check the key'],
  [403, 'отказал в доступе (403)', 'denied access (403)'],
  [404, 'не знает такого адреса (404)', 'knows no such address (404)'],
  [301, 'ждёт запросы по другому адресу (301)', 'wants its requests at another address (301)'],
  [429, 'слишком много запросов (429)', 'too many requests (429)'],
  [400, 'не принял запрос (400)', 'did not accept the request (400)'],
  [502, 'ответил ошибкой сервера (502)', 'answered with an error of the server (502)'],
])('%i is told in both languages, with the words of the provider', (status, ru, en) => {
  const outcome = answered(status, { message: 'why $& not' });
  expect(failure(outcome, 'ru').error).toMatch(/^WAHA .*\. Ответ: «why \$& not»$/);
  expect(failure(outcome, 'ru').error).toContain(ru);
  expect(failure(outcome, 'en').error).toMatch(/^WAHA .*\. Its answer: “why \$& not”$/);
  expect(failure(outcome, 'en').error).toContain(en);
});

test.each<[HttpFault, string, string]>([
  ['refused', 'не принимает подключения (CODE: text)', 'takes no connections (CODE: text)'],
  ['time-out', 'не ответил вовремя', 'did not answer in time'],
  ['cut', 'оборвал связь, не ответив (CODE: text)', 'cut the connection without an answer (CODE: text)'],
  ['cancelled', 'не успел ответить', 'had not answered'],
])('no answer because of %s is told in both languages', (fault, ru, en) => {
  const outcome: HttpOutcome = { type: 'no-answer', fault, error: 'CODE: text' };
  expect(failure(outcome, 'ru').error).toContain(ru);
  expect(failure(outcome, 'en').error).toContain(en);
});
