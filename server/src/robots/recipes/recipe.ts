import type { Language } from '../../accounts/principal.ts';
import type { FieldType } from '../../leads/field-value.ts';
import type { Robot } from '../robot.ts';

/** What the one who installs a recipe chooses. */
export interface RecipeChoices {
  language: Language;
  whatsappLineId: string;
  smsLineId: string;
  /** The file to send: its direct link, or the id of an uploaded one. */
  file: { url: string } | { fileId: string };
}

/** A field that must be there before the robots are stored; made when it is missing. */
export interface RecipeField {
  code: string;
  name: string;
  type: FieldType;
}

/** A ready set of robots, for one stage or several. */
export interface Recipe {
  id: string;
  name: Record<Language, string>;
  description: Record<Language, string>;
  needs: {
    /** What must be chosen for it. */
    choices: readonly ('whatsappLineId' | 'smsLineId' | 'file')[];
    fields: readonly RecipeField[];
  };
  /** The kinds of stage it puts robots on, in order: `first` once, `sender` on as many as wished. */
  places: readonly RecipePlace[];
  /** The robots for a place; empty for one it does not have. */
  robotsFor(place: RecipePlace, choices: RecipeChoices): Robot[];
}

export type RecipePlace = 'first' | 'sender';
