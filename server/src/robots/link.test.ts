import { expect, test } from 'vitest';
import { checkLink, checkLinkTemplate } from './link.ts';

test.each([
  ['https://example.com/price.pdf'],
  ['http://example.com/a b.pdf'],
  ['https://www.dropbox.com/s/abc/price.pdf?dl=1'],
  ['https://www.dropbox.com/scl/fi/x/p.pdf?rlkey=k&raw=1'],
  ['https://dl.dropboxusercontent.com/s/abc/price.pdf'],
  ['https://drive.google.com/uc?export=download&id=ID'],
  ['https://docs.google.com/document/d/ID/export?format=pdf'],
  ['https://downloader.disk.yandex.ru/disk/abc'],
  ['https://example.com/~user/price.pdf'],
])('%s is taken as a direct link', (link) => {
  expect(checkLink(link)).toBeNull();
});

test.each([
  ['https://www.dropbox.com/s/abc/price.pdf?dl=0', 'link-dropbox', 'https://www.dropbox.com/s/abc/price.pdf?dl=1'],
  ['https://www.dropbox.com/s/abc/price.pdf', 'link-dropbox', 'https://www.dropbox.com/s/abc/price.pdf?dl=1'],
  [
    'https://drive.google.com/file/d/1aB_c/view?usp=sharing',
    'link-google-drive',
    'https://drive.google.com/uc?export=download&id=1aB_c',
  ],
  ['https://drive.google.com/open?id=1aB', 'link-google-drive', 'https://drive.google.com/uc?export=download&id=1aB'],
])('%s is refused with its direct form', (link, code, direct) => {
  expect(checkLink(link)).toEqual({ code, params: { direct } });
});

test.each([
  ['https://drive.google.com/drive/folders/abc', 'link-share-page'],
  ['https://docs.google.com/spreadsheets/d/ID/edit', 'link-google-document'],
  ['https://disk.yandex.ru/i/abc', 'link-yandex-disk'],
  ['https://disk.360.yandex.ru/d/abc', 'link-yandex-disk'],
  ['https://yadi.sk/d/abc', 'link-yandex-disk'],
  ['https://portal.bitrix24.ru/~aBc12', 'link-bitrix24'],
  ['https://crm.example.com/~aBc12', 'link-bitrix24'],
  ['https://cloud.mail.ru/public/abc/def', 'link-share-page'],
  ['ftp://example.com/price.pdf', 'link-not-http'],
  ['javascript:alert(1)', 'link-not-http'],
  ['price.pdf', 'link-not-http'],
  ['', 'link-not-http'],
])('%s is refused as %s', (link, code) => {
  expect(checkLink(link)?.code).toBe(code);
});

test('a link with placeholders is judged by what is known of it', () => {
  expect(checkLinkTemplate('{{ field.link }}')).toBeNull();
  expect(checkLinkTemplate('https://example.com/{{ lead.name }}.pdf')).toBeNull();
  expect(checkLinkTemplate('ftp://example.com/{{ lead.name }}.pdf')?.code).toBe('link-not-http');
  expect(checkLinkTemplate('https://yadi.sk/d/abc')?.code).toBe('link-yandex-disk');
});
