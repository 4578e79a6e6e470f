/**
 * The origin of a request. A program acts for the account that runs it. A browser acts for any page that it shows, and a
 * proxy for any machine that reaches it, though both run under an account of this machine. This file judges the headers
 * and knows no tokens (`access.ts`):
 *
 * - `refusalOf` refuses pages of other sites, with or without the token (CSRF; our pictures and players in their pages);
 * - `isPlainProgram` is true when no header points to a browser or a proxy. Only such a request may be granted for the
 *   account of its socket alone.
 *
 * DNS rebinding: a page whose name resolves to 127.0.0.1 sends that name as `Host`. It has no cookie of ours, because
 * cookies belong to names. It is no plain program either: those use a name of this machine that no resolver gives away.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of this machine that no resolver can give to others (RFC 6761 reserves `localhost`). */
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Headers of browsers. Scripts of pages cannot set those with `Sec-` (Fetch, "forbidden request-header").
 * Node's own `fetch` sends `Sec-Fetch-Mode`, so a script that uses it needs the token.
 */
const OF_BROWSERS = /^(origin$|sec-|access-control-request-)/;
/** Headers of proxies: RFC 7239, RFC 9110 7.6.3, and those of programs older than either. */
const OF_PROXIES =
  /^(forwarded$|via$|x-forwarded|x-original-|x-real-ip$|x-client-ip$|x-cluster-client-ip$|true-client-ip$|cf-|fastly-|x-envoy-|x-proxy|proxy-)/;

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly url: string;
}

/** Why the request is refused; undefined when it is not. */
export function refusalOf({ headers, method, url }: Asked): string | undefined {
  if (hostOf(headers) === undefined) return `"${headers.host ?? ''}" is no name of a machine`;
  const { origin } = headers;
  // Browsers send it also with requests that have no origin (Fetch Metadata).
  const site = headers['sec-fetch-site'];
  if (origin !== undefined) {
    // Behind a proxy that uses another host name, the browser still sees that page and address belong together.
    const isOwn = site === 'same-origin' || (URL.canParse(origin) && new URL(origin).host === headers.host);
    return isOwn ? undefined : `pages of ${origin} may not use this interface`;
  }
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  // Any site may link to the page: magnet links reach it this way.
  return isLink && /^\/($|[?#])/.test(url) ? undefined : 'pages of other sites may not use this interface';
}

/**
 * True for a request that acts for the account of its socket.
 * @param httpVersion nginx sends `1.0` to the servers behind it by default, without a header of proxies
 */
export function isPlainProgram(headers: IncomingHttpHeaders, httpVersion: string): boolean {
  if (httpVersion === '1.0' || !LOOPBACK_NAMES.includes(hostOf(headers) ?? '')) return false;
  const { referer } = headers;
  // For a picture, old browsers send no other header. Programs for qBittorrent send our own address.
  if (referer !== undefined && (!URL.canParse(referer) || new URL(referer).host !== headers.host))
    return false;
  return !Object.keys(headers).some((name) => OF_BROWSERS.test(name) || OF_PROXIES.test(name));
}

/** The kind of client. Scripts of pages cannot suppress both headers of browsers. */
export function senderOf(headers: IncomingHttpHeaders): 'page' | 'proxy' | 'program' {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return 'page';
  return Object.keys(headers).some((name) => OF_PROXIES.test(name)) ? 'proxy' : 'program';
}

/** Without the port. */
function hostOf({ host = '' }: IncomingHttpHeaders): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
}
