import type { Pdu, Session } from 'smpp';
import smpp from 'smpp';

/**
 * npm `smpp` with its guesses about texts switched off, so that message bodies are bytes both ways:
 * - it decodes each part for itself, which breaks what an SMSC cut between two parts, and leaves unknown codings undecoded;
 * - it reads receipted_message_id up to a zero octet and not by its length, so an id without one swallows the next field.
 *   https://github.com/farhadi/node-smpp/blob/master/lib/defs.js
 */
delete smpp.commands.submit_sm.params.short_message.filter;
delete smpp.commands.deliver_sm.params.short_message.filter;
delete smpp.tlvs.message_payload.filter;
smpp.tlvs.receipted_message_id.type = smpp.types.tlv.buffer;

export type { Pdu, Session };
export { smpp };

const nameOfStatus = new Map(Object.entries(smpp.errors).map(([name, status]) => [status, name]));

/** `ESME_RTHROTTLED (0x58)`, or the number alone: the words a provider's support understands. */
export function describeStatus(status: number): string {
  const code = `0x${status.toString(16).toUpperCase().padStart(2, '0')}`;
  const name = nameOfStatus.get(status);
  return name === undefined ? code : `${name} (${code})`;
}
