/** Whether PostgreSQL can keep the text, as text and inside jsonb: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
