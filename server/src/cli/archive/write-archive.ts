import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type Pack, pack } from 'tar-stream';
import { VERSION } from '../../api/version.ts';
import {
  copyCommand,
  FORMAT,
  MANIFEST_NAME,
  type Manifest,
  pieceName,
  SECRET_KEY_NAME,
  type TableDump,
} from './manifest.ts';
import { tablesToCopy } from './tables.ts';

/** What one piece holds in memory. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Writes the database and the secret key into one file that only its owner may read. Everything is of one moment; Otklik goes
 * on working meanwhile. The file appears under its name when it is whole.
 */
export async function writeArchive(client: pg.PoolClient, secretKey: Buffer, file: string): Promise<Manifest> {
  const draft = `${file}.partial`;
  await rm(draft, { force: true });
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set local datestyle = 'ISO'`);
    await client.query(`set local bytea_output = 'hex'`);
    const manifest = await describe(client);
    const archive = pack();
    const output = createWriteStream(draft, { mode: 0o600, flags: 'wx', flush: true });
    await Promise.all([
      pipeline(archive, createGzip(), output),
      fill(archive, client, manifest, secretKey).catch((error: Error) => {
        archive.destroy(error);
        throw error;
      }),
    ]);
    await client.query('commit');
    await rename(draft, file);
    return manifest;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function describe(client: pg.PoolClient): Promise<Manifest> {
  const { rows } = await client.query<{ migration: number }>('select max(number) as migration from migrations');
  const tables: TableDump[] = [];
  for (const table of await tablesToCopy(client)) {
    const counted = await client.query<{ rows: number }>(`select count(*) as rows from "${table.name}"`);
    tables.push({ ...table, rows: Number(counted.rows[0]?.rows) });
  }
  return {
    product: 'otklik',
    format: FORMAT,
    version: VERSION,
    migration: rows[0]?.migration ?? 0,
    createdAt: new Date().toISOString(),
    tables,
  };
}

async function fill(archive: Pack, client: pg.PoolClient, manifest: Manifest, secretKey: Buffer): Promise<void> {
  await addFile(archive, MANIFEST_NAME, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  await addFile(archive, SECRET_KEY_NAME, Buffer.from(`${secretKey.toString('hex')}\n`));
  for (const [index, table] of manifest.tables.entries()) {
    let piece = 0;
    for await (const bytes of inPieces(client.query(copyTo(copyCommand(table, 'to stdout'))))) {
      piece += 1;
      await addFile(archive, pieceName(index + 1, table.name, piece), bytes);
    }
  }
  archive.finalize();
}

async function addFile(archive: Pack, name: string, bytes: Buffer): Promise<void> {
  const entry = archive.entry({ name, size: bytes.length, mode: 0o600 });
  entry.end(bytes);
  await finished(entry);
}

async function* inPieces(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    parts.push(part);
    size += part.length;
    if (size < PIECE_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}
