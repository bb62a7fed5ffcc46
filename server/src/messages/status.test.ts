import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSettled,
  MESSAGE_STATUSES,
  type MessageStatus,
  mayBecome,
  sentOf,
  sentOfAll,
  statusesBefore,
  statusOfOutcome,
  statusOfParts,
} from './status.ts';

describe('the statuses of a message', () => {
  it('receipts only raise the rank', () => {
    expect(mayBecome('accepted', 'delivered')).toBe(true);
    expect(mayBecome('read', 'delivered')).toBe(false);
    expect(mayBecome('delivered', 'failed')).toBe(false);
    expect(mayBecome('failed', 'delivered')).toBe(true);
  });

  it('a settled message never becomes queued or sending again', () => {
    for (const from of MESSAGE_STATUSES.filter(isSettled)) {
      expect(mayBecome(from, 'queued')).toBe(false);
      expect(mayBecome(from, 'sending')).toBe(false);
    }
  });

  it('only a queued message is sent, only a sending one becomes uncertain', () => {
    expect(statusesBefore('sending')).toEqual(['queued']);
    expect(statusesBefore('uncertain')).toEqual(['sending']);
  });

  it('whatever receipts come in whatever order, each status is reached at most once and read is the end', () => {
    const receipt = fc.constantFrom('accepted' as const, 'delivered' as const, 'read' as const, 'failed' as const);
    fc.assert(
      fc.property(fc.array(receipt), (receipts) => {
        let status = 'sending' as MessageStatus;
        const seen = new Set<MessageStatus>([status]);
        for (const next of receipts) {
          if (!mayBecome(status, next)) continue;
          expect(seen.has(next)).toBe(false);
          seen.add(next);
          status = next;
        }
        if (receipts.includes('read')) expect(status).toBe('read');
      }),
    );
  });

  it('an outcome of a send gives the status', () => {
    expect((['accepted', 'refused', 'not-sent', 'uncertain'] as const).map(statusOfOutcome)).toEqual([
      'accepted',
      'refused',
      'queued',
      'uncertain',
    ]);
  });
});

describe('the result `sent`', () => {
  it('tells what became of a message', () => {
    const results = MESSAGE_STATUSES.map((status) => [status, sentOf(status, null)]);
    expect(Object.fromEntries(results)).toEqual({
      queued: 'E',
      sending: 'U',
      accepted: 'Y',
      delivered: 'Y',
      read: 'Y',
      refused: 'N',
      failed: 'E',
      uncertain: 'U',
      cancelled: 'N',
    });
    expect(sentOf('refused', 'no-whatsapp')).toBe('NW');
  });

  it('of several messages one that arrived counts, then the doubt, then the error', () => {
    expect(sentOfAll(['N', 'Y', 'E'])).toBe('Y');
    expect(sentOfAll(['NW', 'U', 'E'])).toBe('U');
    expect(sentOfAll(['NW', 'E'])).toBe('E');
    expect(sentOfAll(['N', 'NW'])).toBe('NW');
    expect(sentOfAll([])).toBe('E');
  });
});

describe('a message in several parts', () => {
  it('is as far as its last part and failed with the first that failed', () => {
    expect(statusOfParts(['delivered', 'accepted'])).toBe('accepted');
    expect(statusOfParts(['read', 'delivered'])).toBe('delivered');
    expect(statusOfParts(['delivered', 'failed'])).toBe('failed');
    expect(statusOfParts(['read', 'read'])).toBe('read');
  });
});
