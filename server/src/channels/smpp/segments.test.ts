import fc from 'fast-check';
import smpp from 'smpp';
import { describe, expect, test } from 'vitest';
import { countSeptets, decodeGsm7, encodeGsm7 } from './gsm7.ts';
import { concatenationHeader, encodeSegments, splitText } from './segments.ts';

const GSM = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà\f^{}\\[~]|€';
const gsmText = fc.array(fc.constantFrom(...GSM), { maxLength: 700 }).map((characters) => characters.join(''));
const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });
const richText = fc
  .array(fc.constantFrom('я', 'ё', 'a', '👨‍👩‍👧‍👦', '🇷🇺', '😀', 'é', '\r\n', '€', '\ud83d'), { maxLength: 300 })
  .map((pieces) => pieces.join(''));

describe('splitText', () => {
  test.each([
    ['a'.repeat(160), 'gsm7', 160, 1],
    ['a'.repeat(161), 'gsm7', 161, 2],
    ['a'.repeat(306), 'gsm7', 306, 2],
    ['a'.repeat(307), 'gsm7', 307, 3],
    ['€'.repeat(80), 'gsm7', 160, 1],
    ['€'.repeat(81), 'gsm7', 162, 2],
    ['я'.repeat(70), 'ucs2', 70, 1],
    ['я'.repeat(71), 'ucs2', 71, 2],
    ['я'.repeat(134), 'ucs2', 134, 2],
    ['я'.repeat(135), 'ucs2', 135, 3],
    ['', 'gsm7', 0, 1],
  ])('cuts %# as the standard counts', (text, encoding, units, parts) => {
    const split = splitText(text);
    expect([split.encoding, split.units, split.parts.length]).toEqual([encoding, units, parts]);
  });

  test('one Cyrillic letter makes the whole text UCS-2', () => {
    expect(splitText('Hello, мир').encoding).toBe('ucs2');
    expect(splitText('Hello, €').encoding).toBe('gsm7');
  });

  test('an extension character that does not fit goes whole to the next part', () => {
    const { parts } = splitText(`${'a'.repeat(152)}€${'b'.repeat(20)}`);
    expect(parts).toEqual(['a'.repeat(152), `€${'b'.repeat(20)}`]);
  });

  test('an emoji that does not fit goes whole to the next part', () => {
    const { parts } = splitText(`${'я'.repeat(66)}😀${'я'.repeat(20)}`);
    expect(parts).toEqual(['я'.repeat(66), `😀${'я'.repeat(20)}`]);
  });

  test('a flag and a family are not cut in two', () => {
    const family = '👨‍👩‍👧‍👦';
    const { parts } = splitText(`${'я'.repeat(65)}🇷🇺${'я'.repeat(60)}${family}конец`);
    expect(parts[0]).toBe('я'.repeat(65));
    expect(parts[1]).toBe(`🇷🇺${'я'.repeat(60)}`);
    expect(parts[2]).toBe(`${family}конец`);
  });

  test('a letter with more accents than a part holds is cut between code points', () => {
    const { parts } = splitText(`я${'\u0301'.repeat(200)}`);
    expect(parts.map((part) => part.length)).toEqual([67, 67, 67]);
  });

  test('joined parts are the text again, and each is within the limits', () => {
    fc.assert(
      fc.property(fc.oneof(gsmText, anyText, richText), (text) => {
        const { encoding, units, parts } = splitText(text);
        expect(parts.join('')).toBe(text);
        const sizes = parts.map((part) => (encoding === 'gsm7' ? (countSeptets(part) ?? Number.NaN) : part.length));
        const limit = parts.length === 1 ? { gsm7: 160, ucs2: 70 }[encoding] : { gsm7: 153, ucs2: 67 }[encoding];
        expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(units);
        for (const part of parts.slice(1)) {
          expect(part).not.toMatch(/^[\udc00-\udfff]/);
        }
      }),
    );
  });
});

describe('encodeSegments', () => {
  test('a short text has no header', () => {
    expect(encodeSegments('Hi', 7)).toEqual([{ dataCoding: 0, esmClass: 0, bytes: Buffer.from('Hi') }]);
  });

  test('parts carry the reference, the total and their number', () => {
    const segments = encodeSegments('я'.repeat(100), 300);
    expect(segments.map(({ bytes }) => [...bytes.subarray(0, 6)])).toEqual([
      [5, 0, 3, 44, 2, 1],
      [5, 0, 3, 44, 2, 2],
    ]);
    expect(segments.map(({ dataCoding, esmClass }) => [dataCoding, esmClass])).toEqual([
      [8, 0x40],
      [8, 0x40],
    ]);
    expect(concatenationHeader(44, 2, 2)).toEqual(segments[1]?.bytes.subarray(0, 6));
  });

  test('every segment fits short_message, and its bytes decode to the text', () => {
    fc.assert(
      fc.property(fc.oneof(gsmText, richText), (text) => {
        const segments = encodeSegments(text, 1);
        const bodies = segments.map(({ bytes, esmClass }) => bytes.subarray(esmClass === 0 ? 0 : 6));
        expect(
          Math.max(...segments.map(({ bytes, dataCoding }) => bytes.length * (dataCoding === 0 ? 7 / 8 : 1))),
        ).toBeLessThanOrEqual(140);
        const whole = Buffer.concat(bodies);
        const decoded =
          segments[0]?.dataCoding === 0 ? decodeGsm7(whole) : Buffer.from(whole).swap16().toString('utf16le');
        expect(decoded).toBe(text);
      }),
    );
  });
});

describe('the GSM alphabet', () => {
  test('encodes as another implementation does', () => {
    fc.assert(
      fc.property(gsmText, (text) => {
        expect(encodeGsm7(text)).toEqual(smpp.encodings.ASCII.encode(text));
      }),
    );
  });

  test('decodes what it encoded', () => {
    fc.assert(
      fc.property(gsmText, (text) => {
        expect(decodeGsm7(encodeGsm7(text))).toBe(text);
      }),
    );
  });

  test('an unknown extension shows as the basic character', () => {
    expect(decodeGsm7(Uint8Array.of(0x1b, 0x41, 0x1b, 0x1b, 0x42))).toBe('A B');
  });

  test('refuses a foreign character instead of losing it', () => {
    expect(() => encodeGsm7('я')).toThrow(RangeError);
    expect(countSeptets('я')).toBeNull();
  });
});
