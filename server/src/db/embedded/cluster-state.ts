import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { OperatorError } from '../../lib/operator-error.ts';

/** What Otklik must know to find and open its own PostgreSQL again; kept in the data folder, readable by its owner only. */
export type ClusterState = z.infer<typeof ClusterState>;
export const ClusterState = z.object({
  /** The data folder this was written in: tells a copied folder from a moved one. */
  dataDir: z.string(),
  /** Usually `postgres` in the data folder; elsewhere when PostgreSQL's user cannot enter that. */
  clusterDir: z.string(),
  /** Whether initdb ended: from then on a missing cluster is a loss, not a beginning. */
  initialized: z.boolean(),
  /** Taken again on the next start when it is free. */
  port: z.number().nullable(),
  /** Of the role and owner of the database, `otklik`. */
  password: z.string(),
  /** Of the superuser, `postgres`. */
  adminPassword: z.string(),
});

/** The file itself, also a part of what a backup must leave out. */
export function clusterStateFile(dataDir: string): string {
  return path.join(dataDir, 'postgres.json');
}

/** null before the first start. */
export async function readClusterState(dataDir: string): Promise<ClusterState | null> {
  const file = clusterStateFile(dataDir);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new OperatorError(
      `${file} cannot be read (${error.code}): start Otklik as the user who started it first, or make this user the owner of the data folder.`,
      { cause: error },
    );
  });
  if (text === null) return null;
  try {
    return ClusterState.parse(JSON.parse(text));
  } catch (cause) {
    throw new OperatorError(`${file} is damaged: put the file from your backup in its place.`, { cause });
  }
}

/** Replaced whole: a crash leaves the old file or the new one. */
export async function writeClusterState(state: ClusterState): Promise<void> {
  const file = clusterStateFile(state.dataDir);
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
