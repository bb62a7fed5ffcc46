import type { Tx } from '../db/pool.ts';
import { createField, listFields } from '../leads/fields.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { ok, type Result } from '../lib/result.ts';
import type { Recipe, RecipeChoices } from '../robots/recipes/recipe.ts';
import { type SaveRefusal, saveRobots } from '../robots/save-robots.ts';

export interface Installation {
  workspaceId: WorkspaceId;
  recipe: Recipe;
  choices: RecipeChoices;
  /** Where the robots go: the first stage, then those that only send; each with the version of its robots that is replaced. */
  stages: readonly { stageId: string; version: number }[];
  userId: string | null;
  publicUrl: boolean;
}

/** Makes the fields a recipe needs and puts its robots on the stages. On a refusal the caller undoes the transaction. */
export async function installRecipe(
  tx: Tx,
  installation: Installation,
): Promise<Result<{ stageId: string; version: number }[], { stage: number; refusal: SaveRefusal }>> {
  const { workspaceId, recipe, choices, stages, userId, publicUrl } = installation;
  const codes = new Set((await listFields(tx, workspaceId)).map((field) => field.code));
  for (const field of recipe.needs.fields) {
    if (!codes.has(field.code)) await createField(tx, workspaceId, { ...field, options: [], onCard: true });
  }
  const installed: { stageId: string; version: number }[] = [];
  for (const [at, { stageId, version }] of stages.entries()) {
    const robots = recipe.robotsFor(at === 0 ? 'first' : 'sender', choices);
    const saved = await saveRobots(tx, { workspaceId, stageId, expectedVersion: version, robots, userId, publicUrl });
    if (!saved.ok) return { ok: false, error: { stage: at, refusal: saved.error } };
    installed.push({ stageId, version: saved.value.version });
  }
  return ok(installed);
}
