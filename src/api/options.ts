/** What the interfaces of an always-on peer are made with. */
import type { Session } from '../session/session.ts';

export interface ApiOptions {
  readonly session: Session;
  /** The address to listen on: loopback by default. */
  readonly host?: string | undefined;
  /** What has to be known to ask; needed for any other address than loopback. */
  readonly token?: string | undefined;
  /** 0 for any. */
  readonly port?: number | undefined;
  /** A program asked the peer to end. */
  readonly onClose?: (() => void) | undefined;
}
