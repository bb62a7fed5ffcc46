import type { Tx } from './pool.ts';

/**
 * Puts a workspace's rows into the order of the ids, which must be all of them, each once; else nothing changes. The caller holds the
 * workspace's lock, so that none is added meanwhile.
 */
export async function reorder(
  tx: Tx,
  table: 'fields' | 'stages',
  workspaceId: string,
  ids: string[],
): Promise<'reordered' | 'not-all'> {
  const { rowCount } = await tx.query(
    `update ${table} set position = listed.position from unnest($2::text[]) with ordinality as listed (id, position)
     where ${table}.workspace_id = $1 and ${table}.id = listed.id
       and (select count(*) from ${table} where workspace_id = $1) = cardinality($2::text[])
       and (select count(*) from ${table} where workspace_id = $1 and id = any($2)) = cardinality($2::text[])`,
    [workspaceId, ids],
  );
  return rowCount === ids.length && rowCount > 0 ? 'reordered' : 'not-all';
}
