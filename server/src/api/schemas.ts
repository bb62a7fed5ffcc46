import { z } from 'zod';
import type { IdPrefix } from '../lib/id.ts';

/** An id in a path. One of another form points at nothing, like one that is not there. */
export function pathId(prefix: IdPrefix) {
  return z.string().max(100).describe(`${prefix}_…`);
}

/** A line of text: trimmed, not empty. */
export function line(max: number) {
  return z.string().trim().min(1).max(max);
}

/** A text in both languages of the product. */
export const Texts = z.object({ ru: z.string(), en: z.string() });

/** The 204 of what has no answer. */
export const Nothing = z.undefined().describe('Done');
