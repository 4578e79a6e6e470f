/**
 * On whose behalf? A program speaks for the account that runs it. A browser speaks for any page that it shows, and a proxy
 * for any machine that reaches it, though both run under an account of this machine. This file reads the headers and
 * decides nothing about tokens (`access.ts`):
 *
 * - `refusalOf`: a page of another site is refused, token or not (CSRF; our pictures and players in its pages);
 * - `isPlainProgram`: nothing says that the request is of a browser or of a proxy. Only such a request may be granted for
 *   the account of its socket alone.
 *
 * DNS rebinding: a page whose name leads to 127.0.0.1 sends that name as `Host`. It has no cookie of ours, because cookies
 * belong to names, and it is no plain program: the host of one is a name of this machine that no resolver can give away.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of this machine that no resolver can give to others (RFC 6761 reserves `localhost`). */
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Headers of browsers: `Sec-` is theirs alone (Fetch, "forbidden request-header"), also where scripts write the others.
 * Node's own `fetch` sends `Sec-Fetch-Mode`, so a script that uses it needs the token.
 */
const OF_BROWSERS = /^(origin$|sec-|access-control-request-)/;
/** Headers of proxies: RFC 7239, RFC 9110 7.6.3, and what programs send that knew neither. */
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
  // Browsers say where a request comes from also where they name no origin (Fetch Metadata).
  const site = headers['sec-fetch-site'];
  if (origin !== undefined) {
    // Behind a proxy that names us by another host, the browser still knows that page and address belong together.
    const isOwn = site === 'same-origin' || (URL.canParse(origin) && new URL(origin).host === headers.host);
    return isOwn ? undefined : `${origin} may not speak for you`;
  }
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  // A link to the page may stand anywhere: that is how magnet links come to us.
  return isLink && /^\/($|[?#])/.test(url) ? undefined : 'pages of others may not ask';
}

/**
 * True for a request that speaks for the account of its socket.
 * @param httpVersion `1.0` is what nginx speaks behind it unless told otherwise, without any header that says so
 */
export function isPlainProgram(headers: IncomingHttpHeaders, httpVersion: string): boolean {
  if (httpVersion === '1.0' || !LOOPBACK_NAMES.includes(hostOf(headers) ?? '')) return false;
  const { referer } = headers;
  // Old browsers send nothing else with a picture. Programs for qBittorrent name our own address.
  if (referer !== undefined && (!URL.canParse(referer) || new URL(referer).host !== headers.host))
    return false;
  return !Object.keys(headers).some((name) => OF_BROWSERS.test(name) || OF_PROXIES.test(name));
}

/** Who made the request: scripts of pages cannot leave both headers of browsers away. */
export function senderOf(headers: IncomingHttpHeaders): 'page' | 'proxy' | 'program' {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return 'page';
  return Object.keys(headers).some((name) => OF_PROXIES.test(name)) ? 'proxy' : 'program';
}

/** Without the port. */
function hostOf({ host = '' }: IncomingHttpHeaders): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
}
