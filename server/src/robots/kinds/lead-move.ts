import { z } from 'zod';
import type { RobotKind } from '../kind.ts';

const Settings = z.strictObject({ stageId: z.string().min(1).max(60) });

/** «Изменить стадию»: moves the lead, which ends its visit to this stage. */
export const leadMove: RobotKind<z.infer<typeof Settings>> = {
  id: 'lead.move',
  label: { ru: 'Изменить стадию', en: 'Change the stage' },
  settings: Settings,
  form: [{ name: 'stageId', type: 'stage', label: { ru: 'Стадия', en: 'Stage' }, required: true }],
  results: [],
  templates: () => [],
  validate: ({ stageId }, workspace) =>
    workspace.stages.has(stageId) ? [] : [{ path: 'stageId', code: 'unknown-stage' }],
  act: ({ stageId }) => ({ do: 'move', stageId }),
};
