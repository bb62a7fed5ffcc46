import type { WorkspaceId } from '../lib/id.ts';
import type { Role } from './permissions.ts';

/** The languages of the product's own texts. */
export const LANGUAGES = ['ru', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each of them. */
export type Texts = Record<Language, string>;

/** Who asks, and in which workspace. Every query of a request is scoped by its `workspaceId`. */
export interface Principal {
  workspaceId: WorkspaceId;
  /** Null for an API key. */
  userId: string | null;
  /** Null for a signed-in person. */
  apiKeyId: string | null;
  role: Role;
  /** The language of the workspace. */
  language: Language;
}
