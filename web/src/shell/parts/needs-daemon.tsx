/** Actions that need the daemon: disabled while it does not answer. */
import type { AnchorHTMLAttributes, ReactNode } from 'react';
import { useDaemon } from '../connection.ts';

export const useIsConnected = (): boolean => useDaemon().connection === 'open';

/** Buttons, switches and fields. */
export function NeedsDaemon({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <fieldset className="needs-daemon" disabled={!useIsConnected()}>
      {children}
    </fieldset>
  );
}

/** A link to what the daemon serves. */
export function DaemonLink({ children, ...link }: AnchorHTMLAttributes<HTMLAnchorElement>): ReactNode {
  if (useIsConnected()) return <a {...link}>{children}</a>;
  const { href: _, download: __, target: ___, rel: ____, ...rest } = link;
  return (
    <a {...rest} role="link" aria-disabled="true">
      {children}
    </a>
  );
}
