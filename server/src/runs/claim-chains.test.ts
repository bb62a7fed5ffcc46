import { expect, test } from 'vitest';
import { createRig } from '../../test/harness/rig.ts';
import { newId, type WorkerId } from '../lib/id.ts';
import { type ChainKey, claimChains } from './claim-chains.ts';
import { createRobotListCache } from './robot-list-cache.ts';

test('of two jobs of one chain in one batch the first gets it, the second finds it busy', async () => {
  await using rig = await createRig({ worker: false });
  const { pool } = rig.context;
  const lineId = await rig.addLine('simulator', 'whatsapp');
  await rig.setRobots(0, [
    { ref: 'message', kind: 'whatsapp.message', settings: { lineId, phone: { pick: 'first' }, text: 'Привет' } },
  ]);
  await rig.addLead();
  const { rows } = await pool.query<ChainKey>('select workspace_id as "workspaceId", id as "chainId" from chains');
  const key = rows[0] as ChainKey;
  const worker: WorkerId = newId('wrk');

  const claims = await claimChains(pool, createRobotListCache(pool), worker, [key, key]);

  expect(claims[0]).toMatchObject({ claim: 'claimed', chain: { id: key.chainId, epoch: 1 } });
  expect(claims[1]).toEqual({ claim: 'busy', holder: worker });
});
