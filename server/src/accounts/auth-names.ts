import { randomBytes } from 'node:crypto';
import { newId, type WorkspaceId } from '../lib/id.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32 text without a pattern; 16 characters hold 80 random bits. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => BASE32[byte % 32]).join('');
}

/** Mints the id of a workspace: `ws_` and ten random characters. */
export function newWorkspaceId(): WorkspaceId {
  return `ws_${randomText(10)}`;
}

/** better-auth asks here for the id of each row it creates. */
export function authId({ model }: { model: string }): string {
  if (model === 'user') return newId('user');
  if (model === 'organization') return newWorkspaceId();
  return randomText(26);
}

/** better-auth's camelCase fields as our snake_case columns. */
export function columnsOf<Field extends string>(...fields: Field[]): Record<Field, string> {
  const entries = fields.map((field) => [field, field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]);
  return Object.fromEntries(entries) as Record<Field, string>;
}
