/**
 * Who may ask? Programs of this machine, by default. A browser asks on behalf of any page that it shows, so what names
 * another host (DNS rebinding) or comes from another page (Origin) is refused.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Names of this machine that no resolver can give to others (RFC 6761 reserves `localhost`). */
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Why the request is refused; undefined when it is not. */
export function refusalOf(headers: IncomingHttpHeaders): string | undefined {
  const host = hostOf(headers.host ?? '');
  if (host === undefined || !LOOPBACK_NAMES.includes(host))
    return `"${headers.host ?? ''}" is no name of this machine`;
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const isOwn = URL.canParse(origin) && new URL(origin).host === headers.host;
  return isOwn ? undefined : `${origin} may not speak for you`;
}

/** Without the port. */
function hostOf(header: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase();
}
