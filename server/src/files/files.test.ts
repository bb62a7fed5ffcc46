import { expect, it } from 'vitest';
import { parseRange } from './byte-range.ts';
import { matchesEtag } from './direct-link.ts';
import { cleanName } from './save-upload.ts';
import { sniffMime } from './sniff-mime.ts';

it.each([
  [undefined, null],
  ['bytes=0-9', { start: 0, end: 9 }],
  ['bytes=90-', { start: 90, end: 99 }],
  ['bytes=90-500', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-500', { start: 0, end: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=9-3', null],
  ['bytes=0-1,5-6', null],
  ['lines=0-1', null],
  ['bytes=-', null],
])('reads the range %s', (header, range) => {
  expect(parseRange(header, 100)).toEqual(range);
});

it.each([
  ['прайс.pdf', '%PDF-1.7', 'application/pdf'],
  ['offer.docx', 'PK\u0003\u0004', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['offer.zip', 'PK\u0003\u0004', 'application/zip'],
  ['page.html', '<html><script>', 'text/plain'],
  ['picture.svg', '<svg onload="x">', 'text/plain'],
  ['leads.csv', 'Телефон;Имя', 'text/csv'],
  ['program.exe', 'MZ\u0000\u0001', 'application/octet-stream'],
])('tells what %s is by its bytes', (name, head, mime) => {
  expect(sniffMime(Buffer.from(head), name)).toBe(mime);
});

it('keeps nothing of a name but the name', () => {
  expect(cleanName('../../etc/passwd')).toBe('passwd');
  expect(cleanName('C:\\docs\\прайс\u202e.pdf')).toBe('прайс.pdf');
  expect(cleanName('...')).toBe('file');
  expect(cleanName(`${'я'.repeat(300)}.pdf`)).toMatch(/^я{196}\.pdf$/);
});

it('compares entity tags as lists', () => {
  expect(matchesEtag('W/"a", "b"', '"b"')).toBe(true);
  expect(matchesEtag('*', '"b"')).toBe(true);
  expect(matchesEtag('"a"', '"b"')).toBe(false);
  expect(matchesEtag(undefined, '"b"')).toBe(false);
});
