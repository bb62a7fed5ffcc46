import type { SettingsProblem } from './kind.ts';

type LinkProblem = Pick<SettingsProblem, 'code' | 'params'>;

/**
 * What is wrong with a link to a file: not http(s), or a page to look at instead of the file itself (providers would send the
 * page, or nothing). Null when nothing is seen to be wrong.
 */
export function checkLink(text: string): LinkProblem | null {
  const link = text.trim();
  if (!URL.canParse(link)) return { code: 'link-not-http' };
  const url = new URL(link);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { code: 'link-not-http' };
  const host = url.hostname.toLowerCase().replace(/^www\./, '');
  return dropbox(host, url) ?? google(host, url) ?? yandex(host, url) ?? bitrix(url) ?? otherPage(host, url);
}

/** Checks what is known of a link before its placeholders are filled in. */
export function checkLinkTemplate(text: string): LinkProblem | null {
  const link = text.trim();
  const start = link.search(/\{\{|\{%/);
  if (start === -1) return checkLink(link);
  const scheme = link.slice(0, start);
  return scheme === '' || /^https?:\/\//i.test(scheme) ? null : { code: 'link-not-http' };
}

function dropbox(host: string, url: URL): LinkProblem | null {
  if (host !== 'dropbox.com') return null;
  if (url.searchParams.get('dl') === '1' || url.searchParams.get('raw') === '1') return null;
  const direct = new URL(url);
  direct.searchParams.set('dl', '1');
  return { code: 'link-dropbox', params: { direct: direct.href } };
}

function google(host: string, url: URL): LinkProblem | null {
  if (host === 'docs.google.com' && url.pathname.split('/').includes('d') && !url.pathname.includes('/export')) {
    return { code: 'link-google-document' };
  }
  if (host !== 'drive.google.com') return null;
  const id = /^\/file\/(?:u\/\d+\/)?d\/([^/]+)/.exec(url.pathname)?.[1] ?? openId(url);
  if (id === null) return url.pathname.startsWith('/drive/') ? { code: 'link-share-page' } : null;
  const direct = `https://drive.google.com/uc?export=download&id=${encodeURIComponent(id)}`;
  return { code: 'link-google-drive', params: { direct } };
}

function openId(url: URL): string | null {
  return url.pathname === '/open' ? url.searchParams.get('id') : null;
}

function yandex(host: string, url: URL): LinkProblem | null {
  const isDisk = /^(disk(\.360)?\.yandex\.[a-z.]+|yadi\.sk)$/.test(host);
  return isDisk && /^\/(i|d|a|mail|public|client)(\/|$)/.test(url.pathname) ? { code: 'link-yandex-disk' } : null;
}

/** A public link of Bitrix24.Drive: `https://portal/~abc`, on a domain of any name. */
function bitrix(url: URL): LinkProblem | null {
  return /^\/~[A-Za-z0-9]+\/?$/.test(url.pathname) ? { code: 'link-bitrix24' } : null;
}

function otherPage(host: string, url: URL): LinkProblem | null {
  const isPage =
    (host === 'cloud.mail.ru' && url.pathname.startsWith('/public/')) ||
    host === '1drv.ms' ||
    host === 'onedrive.live.com';
  return isPage ? { code: 'link-share-page' } : null;
}
