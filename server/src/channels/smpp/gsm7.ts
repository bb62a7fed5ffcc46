/**
 * The default alphabet of short messages and its extension table.
 * https://www.etsi.org/deliver/etsi_ts/123000_123099/123038/17.00.00_60/ts_123038v170000p.pdf (6.2.1)
 */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

const EXTENSION: readonly (readonly [string, number])[] = [
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
];

const ESCAPE = 0x1b;
const octetsOfCharacter = buildEncoding();
const characterOfExtension = new Map(EXTENSION.map(([character, octet]) => [octet, character]));

function buildEncoding(): Map<string, readonly number[]> {
  const encoding = new Map<string, readonly number[]>();
  for (const [octet, character] of [...BASIC].entries()) {
    if (octet !== ESCAPE) {
      encoding.set(character, [octet]);
    }
  }
  for (const [character, octet] of EXTENSION) {
    encoding.set(character, [ESCAPE, octet]);
  }
  return encoding;
}

/** How many septets a text takes in the GSM alphabet (extension characters take two), or null when it does not fit it. */
export function countSeptets(text: string): number | null {
  let septets = 0;
  for (const character of text) {
    const octets = octetsOfCharacter.get(character);
    if (octets === undefined) {
      return null;
    }
    septets += octets.length;
  }
  return septets;
}

/** Encodes a text of the GSM alphabet, one septet per octet, as SMPP carries `data_coding` 0. Throws on a foreign character. */
export function encodeGsm7(text: string): Buffer {
  const bytes: number[] = [];
  for (const character of text) {
    const octets = octetsOfCharacter.get(character);
    if (octets === undefined) {
      throw new RangeError(`U+${character.codePointAt(0)?.toString(16)} is not in the GSM alphabet`);
    }
    bytes.push(...octets);
  }
  return Buffer.from(bytes);
}

/** Decodes septets of one octet each; an unknown extension shows as the character of the basic table, as 23.038 asks. */
export function decodeGsm7(bytes: Uint8Array): string {
  let text = '';
  let escaped = false;
  for (const octet of bytes) {
    const basic = BASIC[octet & 0x7f] ?? '';
    if (escaped) {
      text += characterOfExtension.get(octet) ?? (octet === ESCAPE ? ' ' : basic);
      escaped = false;
    } else if (octet === ESCAPE) {
      escaped = true;
    } else {
      text += basic;
    }
  }
  return text;
}
