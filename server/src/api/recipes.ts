import { z } from 'zod';
import type { Context } from '../context.ts';
import { recipes } from '../robots/recipes/recipes.ts';
import { installRecipe } from '../stages/install-recipe.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { invalid, notFound } from './problem.ts';
import { refusalOf } from './robots.ts';
import { Texts } from './schemas.ts';
import { pickLanguage } from './texts/texts.ts';

const RecipeView = z.object({
  id: z.string(),
  name: Texts,
  description: Texts,
  needs: z.object({
    choices: z.array(z.string()),
    fields: z.array(z.object({ code: z.string(), name: z.string(), type: z.string() })),
  }),
  places: z.array(z.enum(['first', 'sender'])).describe('first: one stage; sender: as many stages as wished'),
});

const Installation = z.strictObject({
  stages: z
    .array(z.strictObject({ stageId: z.string().max(100), version: z.number().int().min(0) }))
    .min(1)
    .max(20)
    .describe('The first stage, then those that only send; their robots are replaced'),
  whatsappLineId: z.string().max(100),
  smsLineId: z.string().max(100),
  file: z.union([z.strictObject({ url: z.string().max(2000) }), z.strictObject({ fileId: z.string().max(100) })]),
});

const params = z.object({ id: z.string().max(100) });

/** `/recipes`: ready sets of robots. */
export function registerRecipes(app: ApiApp, context: Context): void {
  app.route({
    method: 'GET',
    url: '/recipes',
    config: { action: 'catalogue.read' },
    schema: {
      tags: ['robots'],
      summary: 'Ready sets of robots',
      querystring: wholeQuery,
      response: { 200: pageOf(RecipeView) },
    },
    handler: async (request) => {
      const shown = [...recipes.values()].map(({ id, name, description, needs, places }) => ({
        id,
        name,
        description,
        needs: { choices: [...needs.choices], fields: needs.fields.map((field) => ({ ...field })) },
        places: [...places],
      }));
      return pageOfWhole(request, 'recipes', shown);
    },
  });
  app.route({
    method: 'POST',
    url: '/recipes/:id/install',
    config: { action: 'robot.write' },
    schema: {
      tags: ['robots'],
      summary: 'Put the robots of a recipe on stages, with the fields they need',
      params,
      body: Installation,
      response: { 200: z.object({ stages: z.array(z.object({ stageId: z.string(), version: z.number() })) }) },
    },
    handler: async (request, reply) => {
      const recipe = recipes.get(request.params.id);
      if (!recipe) throw notFound();
      const { stages, ...chosen } = request.body;
      const { workspaceId, userId, language } = request.principal;
      if (stages.length > 1 && !recipe.places.includes('sender')) {
        throw invalid([{ path: 'stages', code: 'too-many-items', params: { limit: 1 } }]);
      }
      const choices = { ...chosen, language: pickLanguage(request.headers['accept-language'], language) };
      const publicUrl = context.config.publicUrl !== null;
      return createOnce(request, reply, context, async (tx) => {
        const installed = await installRecipe(tx, { workspaceId, recipe, choices, stages, userId, publicUrl });
        if (installed.ok) return { status: 200, body: { stages: installed.value } };
        const { stage, refusal } = installed.error;
        if (refusal.reason === 'no-stage') throw invalid([{ path: `stages[${stage}].stageId`, code: 'not-found' }]);
        throw refusalOf(refusal, stages[stage]?.version ?? 0);
      });
    },
  });
}
