import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** What an id may point at; the prefix is part of the id everywhere: columns, JSON, logs, addresses. */
export type IdPrefix =
  | 'lead'
  | 'stage'
  | 'field'
  | 'visit'
  | 'run'
  | 'chain'
  | 'msg'
  | 'line'
  | 'file'
  | 'rcpt'
  | 'tl'
  | 'hook'
  | 'wrk'
  | 'user';

/** An id such as `lead_0199f3c2a4b87c3d8e5f60718293a4b5`: a prefix and a time-ordered UUID version 7 without dashes. */
export type Id<P extends IdPrefix> = `${P}_${string}`;

export type LeadId = Id<'lead'>;
export type StageId = Id<'stage'>;
export type FieldId = Id<'field'>;
export type VisitId = Id<'visit'>;
export type RunId = Id<'run'>;
export type ChainId = Id<'chain'>;
export type MessageId = Id<'msg'>;
export type LineId = Id<'line'>;
export type FileId = Id<'file'>;
export type TimelineId = Id<'tl'>;
export type WorkerId = Id<'wrk'>;
export type WorkspaceId = `ws_${string}`;

/** Mints an id; two ids minted one after the other in a process sort in that order as text. */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = randomInt31();
  } else if (++sequence > MAX_SEQUENCE) {
    lastMs += 1;
    sequence = 0;
  }
  const uuid = uuidv7({ msecs: lastMs, seq: sequence, random: takeRandom() });
  return `${prefix}_${uuid.replaceAll('-', '')}`;
}

/** 32 bits of a UUID version 7 may count within a millisecond; begun in the lower half, they do not run out. */
const MAX_SEQUENCE = 0xffff_ffff;
let lastMs = 0;
let sequence = 0;

const RANDOM_BYTES = 16;
/** Fetched for a thousand ids at once: one by one, randomness takes most of the time of minting. */
const pool = new Uint8Array(RANDOM_BYTES * 1_024);
let taken = pool.length;

function takeRandom(): Uint8Array {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += RANDOM_BYTES;
  return pool.subarray(taken - RANDOM_BYTES, taken);
}

function randomInt31(): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = takeRandom();
  return ((first & 0x7f) << 24) | (second << 16) | (third << 8) | fourth;
}
