import { describe, expect, it } from 'vitest';
import { answerOf } from './unanswered.ts';

const step = { sends: true, status: 'done' as const, results: {}, compared: [] };

describe('whether a step leaves the lead without an answer', () => {
  it('a message that the provider took answers', () => {
    expect(answerOf({ ...step, results: { sent: 'Y' } })).toBe('answered');
  });

  it.each(['E', 'U', 'NW', 'N'])('a send that ended in %s is silent', (sent) => {
    expect(answerOf({ ...step, results: { sent } })).toBe('silent');
  });

  it('a send that failed without a result is silent', () => {
    expect(answerOf({ ...step, status: 'failed' })).toBe('silent');
    expect(answerOf(step)).toBe(null);
  });

  it('a check is silent only when it is E', () => {
    expect(answerOf({ ...step, sends: false, results: { exists: 'E' } })).toBe('silent');
    expect(answerOf({ ...step, sends: false, results: { exists: 'N' } })).toBe(null);
  });

  it('a skipped send is silent when what it compared was empty or in doubt', () => {
    for (const actual of [null, undefined, '', 'E', 'U']) {
      expect(answerOf({ ...step, status: 'skipped', compared: [{ actual }] })).toBe('silent');
    }
    expect(answerOf({ ...step, status: 'skipped', compared: [{ actual: 'N' }] })).toBe(null);
    expect(answerOf({ ...step, sends: false, status: 'skipped', compared: [{ actual: null }] })).toBe(null);
  });
});
