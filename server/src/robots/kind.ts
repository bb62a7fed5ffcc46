import type { z } from 'zod';
import type { Language } from '../accounts/principal.ts';
import type { FormField, Medium } from '../channels/channel.ts';
import type { FieldType } from '../leads/field-value.ts';
import type { ProblemCode } from './problem.ts';

/** A result of a robot; null while it has none. Values: Y, N, NW, E, U or a text. */
export type Results = Record<string, string | null>;

export type FieldValue = string | number | boolean | null;

export interface PhoneView {
  value: string;
  type: 'WORK' | 'MOBILE' | 'HOME' | 'MAILING' | 'OTHER';
}

/** What a robot sees at the moment it acts. */
export interface LeadView {
  /** The workspace's: errors that are stored beside results are written in it. */
  language: Language;
  lead: {
    id: string;
    title: string;
    name: string | null;
    email: string | null;
    source: string | null;
    /** The stage's name. */
    stage: string;
    createdAt: Date;
  };
  phones: PhoneView[];
  /** Own fields by code. */
  fields: Record<string, FieldValue>;
  /** Results of earlier robots of the same chain, by ref. */
  results: Record<string, Results>;
}

/** Which number a robot takes. */
export type PhonePick =
  | { pick: 'first' }
  | { pick: 'type'; type: PhoneView['type']; otherwise: 'error' | 'first' }
  | { pick: 'firstWithWhatsapp' }
  | { pick: 'all' };

/** Numbers to act on: `all` of them, or the first that has WhatsApp (which takes checks to know). */
export type Numbers = { phones: string[]; choose: 'all' | 'firstWithWhatsapp' };

/** What is to be sent, ready: texts are rendered. */
export type Content =
  | { kind: 'text'; text: string }
  | { kind: 'file'; caption: string | null; source: { url: string } | { fileId: string } };

/** What a robot wants done, as data; the engine does it, durably. */
export type Action =
  | { do: 'check'; numbers: Numbers; lineId: string | null; timeoutSeconds: number }
  | { do: 'send'; medium: Medium; numbers: Numbers; lineId: string; content: Content; timeoutSeconds: number }
  /** `field` is `field.<code>` or `lead.title`, `lead.name`, `lead.email`, `lead.source`; an empty value empties it. */
  | { do: 'update'; changes: { field: string; value: string }[] }
  | { do: 'move'; stageId: string }
  /** Over without an outside call: no such phone, a text that cannot be rendered. */
  | { do: 'end'; status: 'done' | 'failed'; results: Results; error: string | null };

/** What a robot wants sent. */
export type SendAction = Extract<Action, { do: 'send' }>;

export interface ResultDescription {
  code: string;
  label: { ru: string; en: string };
  /** The values it can take, or null for free text. */
  values: readonly string[] | null;
}

/** One problem of a robot's settings, found on save. `path` is relative to the settings, like `phone.type`. */
export interface SettingsProblem {
  path: string;
  code: ProblemCode;
  params?: Record<string, string>;
}

/** One input of a robot's form. `template` is a text with placeholders, `changes` a list of fields with their new values. */
export interface RobotFormField extends Omit<FormField, 'type'> {
  type: FormField['type'] | 'template' | 'phone' | 'line' | 'stage' | 'file' | 'changes';
  /** For `line`: the medium the line must have. */
  medium?: Medium;
  /** For `phone`: the picks that make sense for this kind. */
  picks?: readonly PhonePick['pick'][];
  /** What an absent value means. */
  default?: string | number;
}

/** What the validation knows of a line. */
export interface LineView {
  name: string;
  medium: Medium;
  channel: string;
  check: boolean;
  file: boolean;
  fileBytes: boolean;
}

/** What the validation of settings may ask about the workspace; gathered before, so that validation stays pure. */
export interface WorkspaceView {
  lines: Map<string, LineView>;
  stages: Map<string, { name: string }>;
  fields: Map<string, { name: string; type: FieldType; options: string[] }>;
  files: Map<string, { name: string }>;
  /** The installation has an address that a provider's cloud can reach. */
  publicUrl: boolean;
}

/** A type of robot: what the catalogue shows, how its settings are checked, and what it wants done. */
export interface RobotKind<Settings = unknown> {
  id: string;
  label: { ru: string; en: string };
  settings: z.ZodType<Settings>;
  form: readonly RobotFormField[];
  results: readonly ResultDescription[];
  /** Liquid texts in the settings, with their paths: parsed on save, their names are resolved there. */
  templates(settings: Settings): { path: string; text: string }[];
  /** Problems that need the workspace to be seen (unknown line, stage, field, file). */
  validate(settings: Settings, workspace: WorkspaceView): SettingsProblem[];
  /** Pure: what to do for this lead now. `render` renders one of the settings' texts; a failure ends the step. */
  act(
    settings: Settings,
    view: LeadView,
    render: (text: string) => { ok: true; value: string } | { ok: false; error: string },
  ): Action;
}
