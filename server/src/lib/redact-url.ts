/** Query and path parts that look like a token: long, with digits, no ordinary word. */
const tokenLike = /^(?=.*\d)[A-Za-z0-9_-]{20,}$/;

/** The address as it may be logged: without user, password, query values and path parts that look like tokens. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '[not a URL]';
  const parsed = new URL(url);
  const path = parsed.pathname.split('/').map((part) => (tokenLike.test(part) ? '***' : part));
  const names = [...new Set(parsed.searchParams.keys())].map((name) => `${encodeURIComponent(name)}=***`);
  return `${parsed.origin}${path.join('/')}${names.length > 0 ? `?${names.join('&')}` : ''}`;
}
