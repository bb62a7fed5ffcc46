import { z } from 'zod';

/** Whether PostgreSQL can keep the text, as text and inside jsonb: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** A text from outside of at most `max` characters, trimmed. */
export function storableText(max: number) {
  return z.string().max(max).refine(isStorable, 'holds characters that cannot be stored').trim();
}
