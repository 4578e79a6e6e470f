/** What the interfaces of the torrents system are made with. */
import type { Roster } from '../roster/roster.ts';
import type { Updates } from '../updates/updates.ts';

export interface ApiOptions {
  readonly roster: Roster;
  readonly updates: Updates;
  /** Of the keys in addresses. */
  readonly keySecret: { readonly value: string; renew(): void };
  /** A program asked the daemon to end. */
  readonly onClose?: (() => void) | undefined;
}
