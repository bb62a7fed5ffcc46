import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../lib/operator-error.ts';

const KEY_BYTES = 32;

/** The file that holds the key of this installation; a backup without it cannot read the stored secrets. */
export function secretKeyFile(dataDir: string): string {
  return path.join(dataDir, 'secret.key');
}

/** The key that encrypts stored secrets: read from the data folder, or made there on the first start. */
export async function readOrCreateSecretKey(dataDir: string): Promise<Buffer> {
  const file = secretKeyFile(dataDir);
  return (await readKey(file)) ?? (await createKey(file));
}

async function readKey(file: string): Promise<Buffer | null> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!info) return null;
  if ((info.mode & 0o077) !== 0) {
    throw new OperatorError(`Other users of this machine can read the secret key ${file}: run "chmod 600 ${file}".`);
  }
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(`The secret key ${file} cannot be read (${error.code}): make this user its owner.`, {
      cause: error,
    });
  });
  if (!/^[0-9a-f]{64}\s*$/i.test(text)) {
    throw new OperatorError(
      `The secret key ${file} is damaged (64 hex digits are expected): put the file from your backup in its place.`,
    );
  }
  return Buffer.from(text.trim(), 'hex');
}

/** Written whole under another name first: a crash or a second process never sees half a key. */
async function createKey(file: string): Promise<Buffer> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flush: true });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  const key = await readKey(file);
  if (!key) throw new OperatorError(`The secret key ${file} disappeared while it was made: start again.`);
  return key;
}
