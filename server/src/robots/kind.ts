import type { z } from 'zod';
import type { FormField, Medium } from '../channels/channel.ts';

/** A result of a robot; null while it has none. Values: Y, N, NW, E, U or a text. */
export type Results = Record<string, string | null>;

export type FieldValue = string | number | boolean | null;

export interface PhoneView {
  value: string;
  type: 'WORK' | 'MOBILE' | 'HOME' | 'MAILING' | 'OTHER';
}

/** What a robot sees at the moment it acts. */
export interface LeadView {
  lead: {
    id: string;
    title: string;
    name: string | null;
    email: string | null;
    source: string | null;
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
  | { do: 'update'; changes: { field: string; value: string }[] }
  | { do: 'move'; stageId: string }
  /** Over without an outside call: no such phone, a text that cannot be rendered. */
  | { do: 'end'; status: 'done' | 'failed'; results: Results; error: string | null };

export interface ResultDescription {
  code: string;
  label: { ru: string; en: string };
  /** The values it can take, or null for free text. */
  values: readonly string[] | null;
}

/** One problem of a robot's settings, found on save. `path` is relative to the settings, like `phone.type`. */
export interface SettingsProblem {
  path: string;
  code: string;
  params?: Record<string, string>;
}

/** What the validation of settings may ask about the workspace; gathered before, so that validation stays pure. */
export interface WorkspaceView {
  lines: Map<string, { medium: Medium; channel: string; fileBytes: boolean }>;
  stages: Set<string>;
  fields: Map<string, { name: string; type: string; options: string[] }>;
  files: Set<string>;
  /** The installation has an address that a provider's cloud can reach. */
  publicUrl: boolean;
}

/** A type of robot: what the catalogue shows, how its settings are checked, and what it wants done. */
export interface RobotKind<Settings = unknown> {
  id: string;
  label: { ru: string; en: string };
  settings: z.ZodType<Settings>;
  form: readonly FormField[];
  results: readonly ResultDescription[];
  /** Liquid texts in the settings, with their paths: parsed on save, their names are resolved there. */
  templates(settings: Settings): { path: string; text: string }[];
  /** Problems that need the workspace to be seen (unknown line, stage, field, file). */
  validate(settings: Settings, workspace: WorkspaceView): SettingsProblem[];
  /** Pure: what to do for this lead now. `render` renders one of the settings' texts; a failure ends the step. */
  act(settings: Settings, view: LeadView, render: (text: string) => { ok: true; value: string } | { ok: false; error: string }): Action;
}
