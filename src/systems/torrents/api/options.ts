/** What the interfaces of an always-on peer are made with. */
import type { Roster } from '../roster/roster.ts';

export interface ApiOptions {
  readonly roster: Roster;
  /** The address to listen on: loopback by default. */
  readonly host?: string | undefined;
  /** What has to be known to ask. */
  readonly token: string;
  /** Plain programs of the daemon's account need no token on loopback, where the system tells accounts apart. */
  readonly trustsAccount: boolean;
  /** Of the keys in addresses. */
  readonly keySecret: { readonly value: string; renew(): void };
  /** Where it is kept who has signed in; in memory only when absent. */
  readonly sessionFile?: string | undefined;
  /** 0 for any. */
  readonly port?: number | undefined;
  /** A program asked the peer to end. */
  readonly onClose?: (() => void) | undefined;
}
