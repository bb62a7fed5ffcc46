import { z } from 'zod';
import { channels } from '../channels/registry.ts';
import { robotKinds, settingsJsonSchema } from '../robots/catalogue.ts';
import type { ApiApp } from './api-app.ts';
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
      response: { 200: z.object({ items: z.array(RobotKindView) }) },
    },
    handler: async () => ({
      items: [...robotKinds.values()].map((kind) => ({
        id: kind.id,
        label: kind.label,
        settings: settingsJsonSchema(kind),
        form: kind.form.map((field) => ({ ...field })),
        results: kind.results.map((result) => ({ ...result, values: result.values && [...result.values] })),
      })),
    }),
  });
  app.route({
    method: 'GET',
    url: '/channels',
    config: { action: 'catalogue.read' },
    schema: {
      tags: ['lines'],
      summary: 'Every channel with the form of its lines',
      response: { 200: z.object({ items: z.array(ChannelView) }) },
    },
    handler: async () => ({
      items: Object.values(channels).map(({ describe }) => ({
        ...describe,
        mediums: [...describe.mediums],
        form: describe.form.map((field) => ({ ...field })),
      })),
    }),
  });
}
