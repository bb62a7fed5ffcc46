import { z } from 'zod';
import { channels } from '../channels/registry.ts';
import { robotKinds, settingsJsonSchema } from '../robots/catalogue.ts';
import type { ApiApp } from './api-app.ts';
import { pageOf, pageOfWhole, wholeQuery } from './pagination.ts';
import { Texts } from './schemas.ts';

const FormField = z.looseObject({
  name: z.string(),
  type: z.string(),
  label: Texts,
  hint: Texts.optional(),
  placeholder: z.string().optional(),
  required: z.boolean(),
  options: z.array(z.object({ value: z.string(), label: Texts })).optional(),
});

const RobotKindView = z.object({
  id: z.string(),
  label: Texts,
  settings: z.unknown().describe('JSON schema of the settings'),
  form: z.array(FormField),
  results: z.array(z.object({ code: z.string(), label: Texts, values: z.array(z.string()).nullable() })),
});

const ChannelView = z.object({
  id: z.string(),
  mediums: z.array(z.enum(['whatsapp', 'sms'])),
  name: Texts,
  abilities: z.record(z.string(), z.boolean()),
  form: z.array(FormField),
});

/** `/robot-kinds` and `/channels`: what can be set up, as data that forms are drawn from. */
export function registerCatalogue(app: ApiApp): void {
  app.route({
    method: 'GET',
    url: '/robot-kinds',
    config: { action: 'catalogue.read' },
    schema: {
      tags: ['robots'],
      summary: 'Every kind of robot',
      querystring: wholeQuery,
      response: { 200: pageOf(RobotKindView) },
    },
    handler: async (request) => {
      const shown = [...robotKinds.values()].map((kind) => ({
        id: kind.id,
        label: kind.label,
        settings: settingsJsonSchema(kind),
        form: kind.form.map((field) => ({ ...field })),
        results: kind.results.map((result) => ({ ...result, values: result.values && [...result.values] })),
      }));
      return pageOfWhole(request, 'robot-kinds', shown);
    },
  });
  app.route({
    method: 'GET',
    url: '/channels',
    config: { action: 'catalogue.read' },
    schema: {
      tags: ['lines'],
      summary: 'Every channel with the form of its lines',
      querystring: wholeQuery,
      response: { 200: pageOf(ChannelView) },
    },
    handler: async (request) => {
      const shown = Object.values(channels).map(({ describe }) => ({
        ...describe,
        mediums: [...describe.mediums],
        form: describe.form.map((field) => ({ ...field })),
      }));
      return pageOfWhole(request, 'channels', shown);
    },
  });
}
