import { expect, test } from 'vitest';
import type { HttpOutcome } from '../lib/http.ts';
import { failedCheck, failedLookUp, failedSend, type ProviderFailure, readProviderAnswer } from './provider-answer.ts';

function answered(status: number, json?: unknown, headers: Record<string, string> = {}): HttpOutcome {
  return { type: 'answer', status, headers, body: json === undefined ? '' : JSON.stringify(json), json };
}

function failure(outcome: HttpOutcome): ProviderFailure {
  const answer = readProviderAnswer(outcome);
  if (answer.type === 'success') throw new Error('expected a failure');
  return answer;
}

test.each([200, 201, 204])('%i is a success', (status) => {
  expect(readProviderAnswer(answered(status, { id: 1 }))).toEqual({ type: 'success', status, json: { id: 1 } });
});

test.each([
  [{ type: 'not-sent', error: 'x' } as const, 'unreachable', 'not-sent', true],
  [{ type: 'no-answer', error: 'x' } as const, 'lost', 'uncertain', true],
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
  [{ message: 'bad', error: 'Bad Request' }, 'HTTP 400: bad'],
  [{ message: ['a is missing', 'b is missing'] }, 'HTTP 400: a is missing; b is missing'],
  [{ exception: { message: 'boom', stack: 'at x' } }, 'HTTP 400: boom'],
  [{ error: { message: 'inner' } }, 'HTTP 400: inner'],
  [{ what: 1 }, 'HTTP 400: {"what":1}'],
  [undefined, 'HTTP 400: no explanation'],
])('the text of %j is found', (json, text) => {
  expect(failure(answered(400, json)).error).toBe(text);
});
