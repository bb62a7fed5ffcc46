import type { StoredFile } from './file-store.ts';

/** The public address of a file. `base` is the address under which Otklik is reached, without a slash at the end. */
export function directUrl(base: string, file: Pick<StoredFile, 'token' | 'name'>): string {
  return `${base}/f/${file.token}/${encodeURIComponent(file.name)}`;
}

/** Only these open inside the browser; whatever could be a page is saved instead. */
const INLINE = /^(image\/(jpeg|png|gif|webp)|audio\/|video\/|application\/pdf$|text\/plain$)/;

/** The headers of a direct link: they make sure that a browser takes the bytes for nothing but what they are. */
export function fileHeaders(file: StoredFile): Record<string, string> {
  const disposition = INLINE.test(file.mime) ? 'inline' : 'attachment';
  const ascii = file.name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  return {
    'content-type': /^text\/|json$/.test(file.mime) ? `${file.mime}; charset=utf-8` : file.mime,
    'content-disposition': `${disposition}; filename="${ascii}"; filename*=UTF-8''${encodeName(file.name)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
    'accept-ranges': 'bytes',
    // A revoked link must end soon everywhere: caches ask again each time.
    'cache-control': 'private, no-cache',
    etag: etagOf(file),
    'last-modified': file.createdAt.toUTCString(),
  };
}

/** Bytes never change under an id. */
export function etagOf(file: Pick<StoredFile, 'id'>): string {
  return `"${file.id}"`;
}

/** Whether the reader has the bytes already. https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (!header) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}

/** https://www.rfc-editor.org/rfc/rfc8187#section-3.2 */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
