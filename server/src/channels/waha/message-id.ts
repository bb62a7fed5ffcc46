import type { ReceiptStatus } from '../channel.ts';
import type { ChatMessage } from './schema.ts';

/**
 * WhatsApp's own id of a message, without direction and chat: `3EB0…`. A send's answer, a receipt, the history and
 * new-message-id each write it differently; this part they share.
 */
export function bareMessageId(id: ChatMessage['id']): string {
  const text = typeof id === 'string' ? id : '_serialized' in id ? id._serialized : id.id;
  // `true_<chat>_<id>`, in groups with `_<participant>` behind it.
  const parts = text.split('_');
  const bare = parts[0] === 'true' || parts[0] === 'false' ? parts[2] : parts.at(-1);
  return bare || text;
}

/** The id of a message of ours as the look-up wants it; the browser engines know messages only by this long form. */
export function fullMessageId(chatId: string, bareId: string): string {
  return `true_${chatId}_${bareId}`;
}

/** `+79001234567` → `79001234567@c.us`. https://waha.devlike.pro/docs/how-to/chats/ */
export function chatIdOf(phone: string): string {
  return `${phone.replace(/\D/g, '')}@c.us`;
}

/** The phone behind a chat id; null for groups and for the anonymous `@lid` ids. */
export function phoneOf(chatId: string): string | null {
  const digits = /^(\d{5,15})(?::\d+)?@(?:c\.us|s\.whatsapp\.net)$/.exec(chatId)?.[1];
  return digits ? `+${digits}` : null;
}

/** ERROR -1, PENDING 0, SERVER 1, DEVICE 2, READ 3, PLAYED 4. https://waha.devlike.pro/docs/how-to/events/#messageack */
export function statusOfAck(ack: number | null | undefined): ReceiptStatus {
  if (ack === -1) return 'failed';
  if (ack === null || ack === undefined || ack < 2) return 'accepted';
  return ack === 2 ? 'delivered' : 'read';
}
