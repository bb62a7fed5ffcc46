import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { holdDataDir, temporaryDataDir } from '../../test/harness/data-dir.ts';
import { acquireDataDirLock } from './data-dir-lock.ts';

test('a second process is told who holds the folder and where it answers', async () => {
  await using folder = await temporaryDataDir();
  await using holder = await holdDataDir(folder.dataDir, 'lock');

  await expect(acquireDataDirLock(folder.dataDir)).rejects.toThrow(
    `already runs on the data folder ${folder.dataDir} (process ${holder.pid}, http://127.0.0.1:4000)`,
  );
});

test('the folder is free the moment its holder is killed', async () => {
  await using folder = await temporaryDataDir();
  const holder = await holdDataDir(folder.dataDir, 'lock');
  await holder.kill();

  await using lock = await acquireDataDirLock(folder.dataDir);
  await lock.announce('http://127.0.0.1:4001');
  expect((await readdir(folder.dataDir)).sort()).toEqual(['otklik.lock', 'running.json']);
});

test('a second lock in the same process is refused, and granted after the release', async () => {
  await using folder = await temporaryDataDir();
  const first = await acquireDataDirLock(folder.dataDir);
  await expect(acquireDataDirLock(folder.dataDir)).rejects.toThrow('already runs');

  await first.release();
  const second = await acquireDataDirLock(folder.dataDir);
  await second.release();
});

test('a new data folder is closed to the eyes of others', async () => {
  await using folder = await temporaryDataDir();
  const dataDir = path.join(folder.dataDir, 'deep', 'data');
  await using _lock = await acquireDataDirLock(dataDir);
  expect((await stat(dataDir)).mode & 0o066).toBe(0);
});

test('a folder that cannot be made is refused with a way out', async () => {
  await using folder = await temporaryDataDir();
  await writeFile(path.join(folder.dataDir, 'file'), '');
  await expect(acquireDataDirLock(path.join(folder.dataDir, 'file', 'data'))).rejects.toThrow('set OTKLIK_DATA_DIR');
});
