import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { temporaryDataDir } from '../../test/harness/data-dir.ts';
import { readOrCreateSecretKey, secretKeyFile } from './secret-key.ts';

test('the key is made once, for its owner only', async () => {
  await using folder = await temporaryDataDir();
  const first = await readOrCreateSecretKey(folder.dataDir);
  const second = await readOrCreateSecretKey(folder.dataDir);

  expect(first).toHaveLength(32);
  expect(second).toEqual(first);
  expect((await stat(secretKeyFile(folder.dataDir))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder.dataDir)).toEqual(['secret.key']);
});

test('starts at the same moment agree on one key', async () => {
  await using folder = await temporaryDataDir();
  const keys = await Promise.all(Array.from({ length: 8 }, () => readOrCreateSecretKey(folder.dataDir)));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
});

test('a key that others may read is refused', async () => {
  await using folder = await temporaryDataDir();
  await readOrCreateSecretKey(folder.dataDir);
  await chmod(secretKeyFile(folder.dataDir), 0o640);
  await expect(readOrCreateSecretKey(folder.dataDir)).rejects.toThrow('run "chmod 600');
});

test('a damaged key is never replaced by a new one', async () => {
  await using folder = await temporaryDataDir();
  await writeFile(secretKeyFile(folder.dataDir), 'half a ke', { mode: 0o600 });
  await expect(readOrCreateSecretKey(folder.dataDir)).rejects.toThrow('put the file from your backup');
});
