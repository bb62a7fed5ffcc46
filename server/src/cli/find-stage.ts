import type { Db } from '../db/pool.ts';
import type { WorkspaceId } from '../lib/id.ts';
import { listStages, type Stage } from '../stages/stage-store.ts';
import { CommandError } from './command-error.ts';

/** The stage that `--stage` names, by id or by name; upper and lower case are the same where only one fits. */
export async function findStage(db: Db, workspaceId: WorkspaceId, wanted: string): Promise<Stage> {
  const stages = await listStages(db, workspaceId);
  const byId = stages.find((stage) => stage.id === wanted.trim());
  if (byId) return byId;
  const exact = stages.filter((stage) => stage.name === wanted.trim());
  const loose = stages.filter((stage) => stage.name.toLowerCase() === wanted.trim().toLowerCase());
  const found = exact.length > 0 ? exact : loose;
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1) {
    const ids = found.map((stage) => stage.id).join(', ');
    throw new CommandError({
      ru: `--stage: стадий «${wanted}» несколько, укажите id: ${ids}`,
      en: `--stage: several stages are named "${wanted}", give the id: ${ids}`,
    });
  }
  const names = stages.map((stage) => `«${stage.name}»`).join(', ');
  throw new CommandError({
    ru: `--stage: стадии «${wanted}» нет; есть: ${names}`,
    en: `--stage: there is no stage "${wanted}"; there are: ${names}`,
  });
}
