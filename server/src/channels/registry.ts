import type { Channel } from './channel.ts';
import { simulator } from './simulator/adapter.ts';
import { smpp } from './smpp/adapter.ts';
import { waha } from './waha/adapter.ts';

/** Every channel there is, by id. Nothing outside the folders of the channels names one, except this. */
export const channels: Readonly<Record<string, Channel>> = { simulator, smpp, waha };

/** The channel of a line; throws for an id that no line can have, since lines are made from the catalogue. */
export function requireChannel(id: string): Channel {
  const channel = Object.hasOwn(channels, id) ? channels[id] : undefined;
  if (!channel) throw new Error(`there is no channel "${id}"`);
  return channel;
}
