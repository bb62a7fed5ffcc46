import path from 'node:path';

/** Kinds that are told by their first bytes. https://en.wikipedia.org/wiki/List_of_file_signatures */
const SIGNATURES: { at: number; bytes: string; mime: string }[] = [
  { at: 0, bytes: '25504446', mime: 'application/pdf' },
  { at: 0, bytes: 'ffd8ff', mime: 'image/jpeg' },
  { at: 0, bytes: '89504e470d0a1a0a', mime: 'image/png' },
  { at: 0, bytes: '47494638', mime: 'image/gif' },
  { at: 8, bytes: '57454250', mime: 'image/webp' },
  { at: 4, bytes: '667479704d3441', mime: 'audio/mp4' },
  { at: 4, bytes: '667479707174', mime: 'video/quicktime' },
  { at: 4, bytes: '6674797068656963', mime: 'image/heic' },
  { at: 4, bytes: '66747970', mime: 'video/mp4' },
  { at: 0, bytes: '1a45dfa3', mime: 'video/webm' },
  { at: 0, bytes: '4f676753', mime: 'audio/ogg' },
  { at: 0, bytes: '494433', mime: 'audio/mpeg' },
  { at: 0, bytes: 'fffb', mime: 'audio/mpeg' },
  { at: 8, bytes: '57415645', mime: 'audio/wav' },
  { at: 8, bytes: '41564920', mime: 'video/x-msvideo' },
  { at: 0, bytes: '504b0304', mime: 'application/zip' },
  { at: 0, bytes: '504b0506', mime: 'application/zip' },
  { at: 0, bytes: 'd0cf11e0a1b11ae1', mime: 'application/x-ole-storage' },
  { at: 0, bytes: '526172211a07', mime: 'application/vnd.rar' },
  { at: 0, bytes: '377abcaf271c', mime: 'application/x-7z-compressed' },
  { at: 0, bytes: '1f8b', mime: 'application/gzip' },
];

/** Containers whose bytes tell only the wrapping; the ending says what is inside. */
const INSIDE: Record<string, Record<string, string>> = {
  'application/zip': {
    '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    '.odt': 'application/vnd.oasis.opendocument.text',
    '.ods': 'application/vnd.oasis.opendocument.spreadsheet',
  },
  'application/x-ole-storage': {
    '.doc': 'application/msword',
    '.xls': 'application/vnd.ms-excel',
    '.ppt': 'application/vnd.ms-powerpoint',
  },
};

/** Kinds that are plain text. Pages and pictures that can run scripts (HTML, SVG, XML) are served as text on purpose. */
const TEXTS: Record<string, string> = {
  '.csv': 'text/csv',
  '.vcf': 'text/vcard',
  '.ics': 'text/calendar',
  '.json': 'application/json',
};

/** What a file is, by its bytes and the ending of its name; what the client claims does not count. */
export function sniffMime(head: Buffer, name: string): string {
  const ending = path.extname(name).toLowerCase();
  const found = SIGNATURES.find(({ at, bytes }) => head.subarray(at, at + bytes.length / 2).toString('hex') === bytes);
  if (found)
    return (
      INSIDE[found.mime]?.[ending] ??
      (found.mime === 'application/x-ole-storage' ? 'application/octet-stream' : found.mime)
    );
  return looksLikeText(head) ? (TEXTS[ending] ?? 'text/plain') : 'application/octet-stream';
}

function looksLikeText(head: Buffer): boolean {
  if (head.length === 0 || head.includes(0)) return false;
  // The head may end inside a character.
  const whole = head.length < 4 ? head : head.subarray(0, head.length - 3);
  const text = new TextDecoder('utf-8').decode(whole);
  return (text.match(/\ufffd/g)?.length ?? 0) <= 1;
}
