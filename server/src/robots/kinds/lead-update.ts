import { z } from 'zod';
import { type FieldProblem, parseFieldValue } from '../../leads/field-value.ts';
import type { RobotKind, SettingsProblem, WorkspaceView } from '../kind.ts';
import type { ProblemCode } from '../problem.ts';
import { MAX_TEXT } from '../template.ts';

/** The columns of a lead that a robot may write, besides its own fields. */
const LEAD_COLUMNS = new Set(['lead.title', 'lead.name', 'lead.email', 'lead.source']);

/** A bare code means an own field: `number_exists` is stored as `field.number_exists`. */
const FieldName = z
  .string()
  .min(1)
  .max(120)
  .transform((name) => (name.includes('.') ? name : `field.${name}`));

/** Stored as the text that is rendered: a number in digits, yes-no as Y and N, nothing as an empty text. */
const NewValue = z
  .union([z.string().max(MAX_TEXT), z.number(), z.boolean(), z.null()])
  .transform((value) => (typeof value === 'boolean' ? (value ? 'Y' : 'N') : String(value ?? '')));

const Settings = z.strictObject({
  changes: z
    .array(z.strictObject({ field: FieldName, value: NewValue }))
    .min(1)
    .max(50),
});
type Change = z.infer<typeof Settings>['changes'][number];

/** «Изменить элемент»: writes values, texts with placeholders too, into fields of the lead. */
export const leadUpdate: RobotKind<z.infer<typeof Settings>> = {
  id: 'lead.update',
  label: { ru: 'Изменить элемент', en: 'Change the lead' },
  settings: Settings,
  form: [
    { name: 'changes', type: 'changes', label: { ru: 'Поля и значения', en: 'Fields and values' }, required: true },
  ],
  results: [],
  templates: ({ changes }) => changes.map(({ value }, index) => ({ path: `changes[${index}].value`, text: value })),
  validate: ({ changes }, workspace) => changes.flatMap((change, index) => changeProblems(change, index, workspace)),
  act({ changes }, _view, render) {
    const rendered: Change[] = [];
    for (const { field, value } of changes) {
      const text = render(value);
      if (!text.ok) return { do: 'end', status: 'failed', results: {}, error: text.error };
      rendered.push({ field, value: text.value });
    }
    return { do: 'update', changes: rendered };
  },
};

function changeProblems({ field, value }: Change, index: number, workspace: WorkspaceView): SettingsProblem[] {
  if (LEAD_COLUMNS.has(field)) return [];
  const own = field.startsWith('field.') ? workspace.fields.get(field.slice('field.'.length)) : undefined;
  if (!own) return [{ path: `changes[${index}].field`, code: 'unknown-field', params: { name: field } }];
  if (/\{\{|\{%/.test(value)) return [];
  const read = parseFieldValue(own, value);
  return read.ok ? [] : [{ path: `changes[${index}].value`, code: FIELD_PROBLEMS[read.error] }];
}

const FIELD_PROBLEMS: Record<FieldProblem, ProblemCode> = {
  'field.not-a-text': 'forbidden-text',
  'field.too-long': 'too-long',
  'field.not-a-number': 'not-a-number',
  'field.not-yes-or-no': 'not-yes-no',
  'field.not-a-date': 'not-a-date',
  'field.not-an-option': 'not-an-option',
};
