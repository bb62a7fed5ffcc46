import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts secrets at rest with AES-256-GCM. */
export interface SecretBox {
  /** Binds the text to `owner` (a line's id): a secret copied to another row does not open there. */
  seal(plain: string, owner: string): Buffer;
  /** Throws when the key, the owner or the bytes are not the ones it was sealed with. */
  open(sealed: Buffer, owner: string): string;
}

/** `key` is 32 bytes. Layout of a sealed text: version 1, IV, tag, cipher text. */
export function createSecretBox(key: Buffer): SecretBox {
  return {
    seal(plain, owner) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(1), iv, cipher.getAuthTag(), body]);
    },
    open(sealed, owner) {
      if (sealed[0] !== 1) throw new Error('Sealed with a version of the secret box that this Otklik does not know');
      const iv = sealed.subarray(1, 1 + IV_BYTES);
      const tag = sealed.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner)).setAuthTag(tag);
      const plain = Buffer.concat([decipher.update(sealed.subarray(1 + IV_BYTES + TAG_BYTES)), decipher.final()]);
      return plain.toString('utf8');
    },
  };
}
