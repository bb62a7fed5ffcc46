import type pg from 'pg';
import { createSignInLink } from './accounts/sign-in-links.ts';
import { createWorkspace, listWorkspaces } from './accounts/workspaces.ts';
import { requireChannel } from './channels/registry.ts';
import type { Context } from './context.ts';
import type { Tx } from './db/pool.ts';
import { inTransaction } from './db/transaction.ts';
import { writeChunk } from './files/file-bytes.ts';
import { beginFile, finishFile } from './files/file-store.ts';
import type { FileId, WorkspaceId } from './lib/id.ts';
import { createLine } from './lines/line-store.ts';
import { recipes } from './robots/recipes/recipes.ts';
import { saveRobots } from './robots/save-robots.ts';
import { createDefaultStages } from './stages/stage-store.ts';

/** Two processes that start at once on an empty database take turns. */
const FIRST_START_LOCK = 7_265_402;

const OFFER_NAME = 'Предложение.txt';
const OFFER = 'Здравствуйте!\n\nЭто файл-пример. Замените его своим предложением или прайсом.\n';

/**
 * Fills an empty installation: a workspace with the five stages, a simulator line of each medium and the seed's first scenario on the
 * first stage, all in one transaction. Answers with the one-time sign-in link, or null when there is a workspace already.
 */
export async function prepareFirstStart(context: Context, origin: string): Promise<string | null> {
  return inTransaction(context.pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [FIRST_START_LOCK]);
    if ((await listWorkspaces(tx)).length > 0) return null;
    const workspace = await createWorkspace(tx, { name: 'Моя компания' });
    const stages = await createDefaultStages(tx, workspace.id);
    const whatsappLineId = await addSimulator(tx, context, workspace.id, 'whatsapp', 'WhatsApp симулятор');
    const smsLineId = await addSimulator(tx, context, workspace.id, 'sms', 'SMS симулятор');
    const fileId = await addOffer(tx, workspace.id);
    await installScenario(tx, workspace.id, stages[0]?.id as string, { whatsappLineId, smsLineId, fileId });
    return createSignInLink(tx, { purpose: 'first-start', workspaceId: workspace.id }, origin);
  });
}

async function addSimulator(
  tx: Tx,
  context: Context,
  workspaceId: WorkspaceId,
  medium: 'whatsapp' | 'sms',
  name: string,
): Promise<string> {
  const channel = requireChannel('simulator');
  const line = await createLine(tx, context.secrets, workspaceId, {
    channel,
    medium,
    name,
    config: {},
    paceIntervalMs: 0,
  });
  await tx.query(`update lines set state = 'working', state_at = now() where workspace_id = $1 and id = $2`, [
    workspaceId,
    line.id,
  ]);
  return line.id;
}

async function addOffer(tx: Tx, workspaceId: WorkspaceId): Promise<FileId> {
  const id = await beginFile(tx, workspaceId, OFFER_NAME);
  const bytes = Buffer.from(OFFER);
  await writeChunk(tx, { workspaceId, id }, 0, bytes);
  await finishFile(tx, workspaceId, id, { mime: 'text/plain', size: bytes.length });
  return id;
}

async function installScenario(
  tx: Tx,
  workspaceId: WorkspaceId,
  stageId: string,
  chosen: { whatsappLineId: string; smsLineId: string; fileId: string },
): Promise<void> {
  const recipe = recipes.get('one-stage');
  const robots = recipe?.robotsFor('first', { language: 'ru', ...chosen, file: { fileId: chosen.fileId } });
  const saved = await saveRobots(tx, {
    workspaceId,
    stageId,
    expectedVersion: 0,
    robots,
    userId: null,
    publicUrl: false,
  });
  if (!saved.ok) throw new Error(`The first recipe does not pass its own validation: ${JSON.stringify(saved.error)}`);
}

/** Whether an owner has signed in already; before that each start may print a new link. */
export async function hasOwner(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ exists: boolean }>('select exists (select from members) as exists');
  return rows[0]?.exists ?? false;
}
