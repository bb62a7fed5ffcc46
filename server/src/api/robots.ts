import { z } from 'zod';
import { LANGUAGES } from '../accounts/principal.ts';
import type { Context } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { type Problem, problemMessage } from '../robots/problem.ts';
import { Robot } from '../robots/robot.ts';
import { readRobots } from '../robots/robot-list.ts';
import { type SaveRefusal, saveRobots } from '../robots/save-robots.ts';
import type { ApiApp } from './api-app.ts';
import { type ApiError, conflict, type FieldError, invalid, notFound } from './problem.ts';
import { pathId, Texts } from './schemas.ts';

const Robots = z.object({ version: z.number(), robots: z.array(Robot) });
const SavedRobots = Robots.extend({
  warnings: z
    .array(z.object({ path: z.string(), code: z.string(), message: Texts }))
    .describe('To be confirmed; saved all the same'),
});
const params = z.object({ id: pathId('stage') });

/** `/stages/{id}/robots`: the robots of a stage, replaced as a whole. */
export function registerRobots(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/stages/:id/robots',
    config: { action: 'robot.read' },
    schema: { tags: ['robots'], summary: 'The robots of a stage', params, response: { 200: Robots } },
    handler: async (request) => {
      const robots = await readRobots(context.pool, request.principal.workspaceId, request.params.id);
      if (!robots) throw notFound();
      return robots;
    },
  });
  app.route({
    method: 'PUT',
    url: '/stages/:id/robots',
    config: { action: 'robot.write' },
    schema: {
      tags: ['robots'],
      summary: 'Replace the robots of a stage; runs under way keep theirs',
      params,
      body: z.strictObject({
        version: z.number().int().min(0).describe('The version that is edited'),
        robots: z.array(z.unknown()).max(1000).describe('Robots, as GET gives them'),
      }),
      response: { 200: SavedRobots },
    },
    handler: (request) =>
      inTransaction(context.pool, async (tx) => {
        const { workspaceId, userId } = request.principal;
        const { version, robots } = request.body;
        const saved = await saveRobots(tx, {
          workspaceId,
          stageId: request.params.id,
          expectedVersion: version,
          robots,
          userId,
          publicUrl: context.config.publicUrl !== null,
        });
        if (!saved.ok) throw refusalOf(saved.error, version);
        return { ...saved.value, warnings: saved.value.warnings.map(wordsOf) };
      }),
  });
}

/** What the API answers when robots cannot be stored; `given` is the version that was to be edited. */
export function refusalOf(refusal: SaveRefusal, given: number): ApiError {
  switch (refusal.reason) {
    case 'no-stage':
      return notFound();
    case 'conflict':
      return conflict('stale-version', { current: refusal.currentVersion, given }, [
        { path: 'version', code: 'stale-version', message: STALE },
      ]);
    case 'invalid':
      return invalid(refusal.problems.map(wordsOf));
  }
}

const STALE = {
  ru: 'Роботов изменили раньше: загрузите их заново',
  en: 'The robots were changed in the meantime: load them again',
};

function wordsOf(problem: Problem): Extract<FieldError, { message: unknown }> {
  const [ru, en] = LANGUAGES.map((language) => problemMessage(problem, language)) as [string, string];
  return { path: problem.path, code: problem.code, message: { ru, en } };
}
