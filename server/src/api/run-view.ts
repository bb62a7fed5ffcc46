import { z } from 'zod';

const StepView = z.object({
  ref: z.string(),
  kind: z.string(),
  title: z.string().nullable(),
  chain: z.number().describe('Robots of one chain act one after the other, chains side by side'),
  status: z.string(),
  plannedAt: z.date().nullable(),
  waitReason: z.string().nullable(),
  attempts: z.number(),
  compared: z.unknown().describe('What the condition compared, as it was then'),
  results: z.record(z.string(), z.string().nullable()),
  error: z.string().nullable(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});

/** A run as the API shows it. */
export const RunView = z.object({
  id: z.string(),
  visitId: z.string(),
  stageId: z.string(),
  robotsVersion: z.number(),
  status: z.enum(['active', 'finished', 'cancelled']),
  startedAt: z.date(),
  finishedAt: z.date().nullable(),
  steps: z.array(StepView),
});
