import type { Channel } from '../channels/channel.ts';

/** When an uncertain message is looked up after the doubt began, in milliseconds. */
const LOOK_UP_AT_MS = [5_000, 30_000, 120_000, 600_000] as const;

/**
 * «Not found» is believed only from the second look-up on: until a request's time-out has passed it may still be under way inside
 * the provider, and a second message would follow the first.
 */
export const BELIEVED_FROM_LOOK_UP = 2;

/** Milliseconds to the first look-up; null when the channel has none. */
export function firstLookUpMs(channel: Pick<Channel, 'lookUp'>): number | null {
  return channel.lookUp === undefined ? null : LOOK_UP_AT_MS[0];
}

/** Milliseconds from one look-up to the next; null after the last. `done` look-ups have been made. */
export function nextLookUpMs(done: number): number | null {
  const at = LOOK_UP_AT_MS[done];
  const before = LOOK_UP_AT_MS[done - 1];
  return at === undefined || before === undefined ? null : at - before;
}
