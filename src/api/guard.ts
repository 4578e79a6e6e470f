/**
 * On whose behalf? A browser asks for any page that it shows, so what names another host (DNS rebinding), or comes from
 * another page (CSRF; pictures and players of our files in theirs), is refused, token or not.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of this machine that no resolver can give to others (RFC 6761 reserves `localhost`). */
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly url: string;
  /** The token is asked for: whatever a host is called, a page of another name has no cookie of ours. */
  readonly needsToken: boolean;
}

/** Why the request is refused; undefined when it is not. */
export function refusalOf({ headers, method, url, needsToken }: Asked): string | undefined {
  const host = hostOf(headers.host ?? '');
  if (host === undefined || (!needsToken && !LOOPBACK_NAMES.includes(host)))
    return `"${headers.host ?? ''}" is no name of this machine`;
  const { origin } = headers;
  if (origin !== undefined) {
    const isOwn = URL.canParse(origin) && new URL(origin).host === headers.host;
    return isOwn ? undefined : `${origin} may not speak for you`;
  }
  // Browsers say where a request comes from also where they name no origin (Fetch Metadata).
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  // A link to the page may stand anywhere: that is how magnet links come to us.
  return isLink && /^\/($|[?#])/.test(url) ? undefined : 'pages of others may not ask';
}

/** Without the port. */
function hostOf(header: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase();
}
