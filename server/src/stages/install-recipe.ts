import type { Tx } from '../db/pool.ts';
import { createField, listFields } from '../leads/fields.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { ok, type Result } from '../lib/result.ts';
import type { Problem } from '../robots/problem.ts';
import type { Recipe, RecipeChoices, RecipeField } from '../robots/recipes/recipe.ts';
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
  for (const field of recipe.needs.fields) await ensureField(tx, workspaceId, field);
  const installed: { stageId: string; version: number }[] = [];
  for (const [at, { stageId, version }] of stages.entries()) {
    const robots = recipe.robotsFor(at === 0 ? 'first' : 'sender', choices);
    const saved = await saveRobots(tx, { workspaceId, stageId, expectedVersion: version, robots, userId, publicUrl });
    if (!saved.ok) return { ok: false, error: { stage: at, refusal: byChoice(saved.error, robots) } };
    installed.push({ stageId, version: saved.value.version });
  }
  return ok(installed);
}

/** The installer sees no robots, only what they chose: a problem of a setting is told by the choice it came from, once. */
function byChoice(refusal: SaveRefusal, robots: readonly { kind: string }[]): SaveRefusal {
  if (refusal.reason !== 'invalid') return refusal;
  const problems = new Map<string, Problem>();
  for (const problem of refusal.problems) {
    const path = choiceOf(problem.path, robots);
    problems.set(`${path} ${problem.code}`, { ...problem, path });
  }
  return { reason: 'invalid', problems: [...problems.values()] };
}

function choiceOf(path: string, robots: readonly { kind: string }[]): string {
  const [, index, setting] = /^robots\[(\d+)\]\.settings\.(lineId|url|fileId)$/.exec(path) ?? [];
  if (setting === undefined) return path;
  if (setting !== 'lineId') return `file.${setting}`;
  return robots[Number(index)]?.kind === 'sms.message' ? 'smsLineId' : 'whatsappLineId';
}

/** Robots refer to a field by its code; where only its name is taken, the recipe's gets a number. */
async function ensureField(tx: Tx, workspaceId: WorkspaceId, field: RecipeField): Promise<void> {
  const fields = await listFields(tx, workspaceId);
  if (fields.some((other) => other.code === field.code)) return;
  const names = new Set(fields.map((other) => other.name));
  let name = field.name;
  for (let number = 2; names.has(name); number += 1) name = `${field.name} (${number})`;
  await createField(tx, workspaceId, { ...field, name, options: [], onCard: true });
}
