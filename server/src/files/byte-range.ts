/** Which bytes are wanted, both ends included. */
export type ByteRange = { start: number; end: number };

/**
 * Reads a Range header. Null: send all (there is none, it is of another unit, malformed, or asks for several parts, which a server
 * may ignore); `unsatisfiable`: nothing of it lies inside the file. https://www.rfc-editor.org/rfc/rfc9110#field.range
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}
