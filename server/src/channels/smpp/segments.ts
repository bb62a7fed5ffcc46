import { countSeptets, encodeGsm7 } from './gsm7.ts';

export type TextEncoding = 'gsm7' | 'ucs2';

export interface SplitText {
  encoding: TextEncoding;
  /** Septets of the whole text in GSM-7, UTF-16 code units in UCS-2. */
  units: number;
  parts: string[];
}

/** What one submit carries. */
export interface Segment {
  dataCoding: number;
  /** 0x40 when the bytes begin with a user data header. */
  esmClass: number;
  bytes: Buffer;
}

/** The total in a user data header is one octet. */
export const MAX_PARTS = 255;

/**
 * 140 octets hold 160 septets or 70 UTF-16 units; the six octets of a concatenation header leave 153 or 67.
 * https://www.3gpp.org/dynareport/23040.htm (9.2.3.24.1)
 */
const LIMITS = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;
const DATA_CODING = { gsm7: 0, ucs2: 8 } as const;
const UDH_INDICATOR = 0x40;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Cuts a text into what fits one short message each. Joined, the parts are the text again. An escape pair or a surrogate
 * pair is never cut; neither is a flag, a family emoji or a letter with its accent, unless it is longer than a part.
 */
export function splitText(text: string): SplitText {
  const septets = countSeptets(text);
  const encoding = septets === null ? 'ucs2' : 'gsm7';
  const units = septets ?? text.length;
  const limits = LIMITS[encoding];
  if (units <= limits.single) {
    return { encoding, units, parts: [text] };
  }
  const pieces = encoding === 'gsm7' ? [...text] : cutIntoGraphemes(text, limits.part);
  return { encoding, units, parts: packPieces(pieces, encoding, limits.part) };
}

/** Splits and encodes a text; `reference` (0…255) ties the parts of one message together on the phone. */
export function encodeSegments(text: string, reference: number): Segment[] {
  const { encoding, parts } = splitText(text);
  return parts.map((part, index) => {
    const bytes = encodePart(encoding, part);
    const dataCoding = DATA_CODING[encoding];
    if (parts.length === 1) {
      return { dataCoding, esmClass: 0, bytes };
    }
    const header = concatenationHeader(reference, parts.length, index + 1);
    return { dataCoding, esmClass: UDH_INDICATOR, bytes: Buffer.concat([header, bytes]) };
  });
}

/** The user data header of one part: length, element 00 (8-bit reference), its length, reference, total, number from 1. */
export function concatenationHeader(reference: number, total: number, sequence: number): Buffer {
  return Buffer.from([0x05, 0x00, 0x03, reference & 0xff, total, sequence]);
}

function encodePart(encoding: TextEncoding, part: string): Buffer {
  return encoding === 'gsm7' ? encodeGsm7(part) : Buffer.from(part, 'utf16le').swap16();
}

function cutIntoGraphemes(text: string, limit: number): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment).flatMap((grapheme) =>
    grapheme.length > limit ? [...grapheme] : [grapheme],
  );
}

function packPieces(pieces: string[], encoding: TextEncoding, limit: number): string[] {
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const piece of pieces) {
    const size = encoding === 'gsm7' ? (countSeptets(piece) ?? 0) : piece.length;
    if (used + size > limit) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += piece;
    used += size;
  }
  return [...parts, part];
}
