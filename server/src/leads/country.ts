import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';

/** A changed country of a workspace counts after this time in other processes. */
const KEEP_MS = 10_000;

const keptByDb = new WeakMap<Db, Map<WorkspaceId, { until: number; country: Promise<string> }>>();

/** The country by which a workspace writes its numbers; remembered for a moment, since every lead asks for it. */
export function countryOf(db: Db, workspaceId: WorkspaceId): Promise<string> {
  const kept = keptByDb.get(db) ?? new Map<WorkspaceId, { until: number; country: Promise<string> }>();
  keptByDb.set(db, kept);
  const known = kept.get(workspaceId);
  if (known && known.until > performance.now()) return known.country;
  const country = readCountry(db, workspaceId);
  kept.set(workspaceId, { until: performance.now() + KEEP_MS, country });
  country.catch(() => kept.delete(workspaceId));
  return country;
}

/** Makes this process read the workspace's country anew; called after a change of it. */
export function forgetCountry(db: Db, workspaceId: WorkspaceId): void {
  keptByDb.get(db)?.delete(workspaceId);
}

async function readCountry(db: Db, workspaceId: WorkspaceId): Promise<string> {
  const { rows } = await db.query<{ country: string }>('select country from workspaces where id = $1', [workspaceId]);
  return rows[0]?.country ?? 'RU';
}
