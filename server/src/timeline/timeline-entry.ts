import { z } from 'zod';

const Change = z.object({ field: z.string(), from: z.unknown(), to: z.unknown() });

/** Who or what did it; absent where nobody is to be named. */
const userId = z.string().nullable().optional();

/** What can happen to a lead, by kind, with what is kept of it. A kind, once written, keeps its name. */
export const TIMELINE_DATA = {
  'lead.created': z.object({
    cause: z.enum(['create', 'move', 'robot', 'import']),
    source: z.string().nullable(),
    userId,
  }),
  /** The same phone came again within the workspace's window. */
  'lead.repeated': z.object({ source: z.string().nullable() }),
  'lead.updated': z.object({ changes: z.array(Change), userId, ref: z.string().optional() }),
  'lead.moved': z.object({ from: z.string(), to: z.string(), cause: z.enum(['move', 'robot']), userId }),
  check: z.object({
    phone: z.string(),
    exists: z.enum(['Y', 'N', 'E']),
    error: z.string().nullable(),
    source: z.string(),
    ref: z.string().optional(),
  }),
  message: z.object({ messageId: z.string(), ref: z.string().optional() }),
  'message.resolved': z.object({ messageId: z.string(), outcome: z.string(), userId }),
  inbound: z.object({ text: z.string(), lineId: z.string(), from: z.string(), eventKey: z.string() }),
  'robots.cancelled': z.object({ refs: z.array(z.string()), stageId: z.string().optional() }),
  /** Robots move the lead in a circle; they were stopped. */
  'robots.stopped': z.object({ stageId: z.string(), reason: z.string() }),
  'robot.failed': z.object({ ref: z.string(), error: z.string() }),
  note: z.object({ text: z.string(), userId }),
} as const satisfies Record<string, z.ZodType>;

export type TimelineKind = keyof typeof TIMELINE_DATA;

/** One entry to be written, its data typed by its kind. */
export type NewTimelineEntry = {
  [Kind in TimelineKind]: { leadId: string; kind: Kind; data: z.input<(typeof TIMELINE_DATA)[Kind]> };
}[TimelineKind];
