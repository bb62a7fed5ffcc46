import { z } from 'zod';
import type { RobotKind } from './kind.ts';
import { leadMove } from './kinds/lead-move.ts';
import { leadUpdate } from './kinds/lead-update.ts';
import { smsMessage } from './kinds/sms-message.ts';
import { whatsappCheck } from './kinds/whatsapp-check.ts';
import { whatsappFile } from './kinds/whatsapp-file.ts';
import { whatsappMessage } from './kinds/whatsapp-message.ts';

/** Every kind of robot, by id, in the order of the catalogue. */
export const robotKinds: ReadonlyMap<string, RobotKind> = new Map(
  [whatsappCheck, whatsappMessage, whatsappFile, smsMessage, leadUpdate, leadMove].map((kind) => [
    kind.id,
    kind as RobotKind,
  ]),
);

/** The kind of that id; throws where a stored robot names one that this version does not have. */
export function requireKind(id: string): RobotKind {
  const kind = robotKinds.get(id);
  if (!kind) throw new Error(`Unknown kind of robot: ${id}`);
  return kind;
}

/** The JSON schema of what a kind's settings may be, as the API takes them. */
export function settingsJsonSchema(kind: RobotKind): unknown {
  return z.toJSONSchema(kind.settings, { io: 'input', unrepresentable: 'any' });
}
