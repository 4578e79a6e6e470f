/**
 * The calling contract of uTP.
 *
 * A driver calls one method of `UtpSockets` at a time, with the time. During the call the machine calls its sink and the
 * receivers of streams. Those may call `write`, `pause`, `resume`, `close`, `destroy` and `setReceiver` of any stream, which
 * only note what is wanted, and nothing else; so may everybody at any other time. What follows from notes is sent by `flush`,
 * which the driver calls when `wantsFlush` of the sink has asked for it: once a turn, so that all that came in at once is
 * acknowledged by one packet. After `handlePacket`, `handleTimeout` and `flush` the driver arms one timer for `nextTimeout()`.
 */
import type { Endpoint } from '../../../ground/endpoint.ts';
import type { LinkReceiver } from '../../../ground/ports.ts';

export interface UtpSink {
  /** `packet` is not changed any more until it is acknowledged or useless: it may wait in a queue as it is. */
  send(packet: Uint8Array, to: Endpoint): void;
  /** No packet waits in that queue. */
  readonly hasSentAll: boolean;
  /** Somebody has opened a stream, and was heard twice, so that its address is its own. It is given a receiver, or destroyed. */
  onIncoming(stream: UtpStream): void;
  /** Bytes were taken, or lost. `taken` is not called during a call of the machine. */
  onTaken(taken: (isSent: boolean) => void, isSent: boolean): void;
  /** `flush` is to be called soon. Once until it was. */
  wantsFlush(): void;
}

/** A byte stream to a peer: what `Link` says, without its promises of when. */
export interface UtpStream {
  readonly remote: Endpoint;
  readonly transport: 'utp';
  readonly unsent: number;
  setReceiver(receiver: LinkReceiver): void;
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void;
  pause(): void;
  resume(): void;
  close(): void;
  destroy(): void;
}

/** Why a stream ended that nobody closed. `code` is one of those that sockets of TCP have. */
export class UtpFailure extends Error {
  override readonly name: string = 'UtpFailure';
  readonly code: 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT';

  constructor(code: 'ECONNREFUSED' | 'ECONNRESET' | 'ETIMEDOUT', message: string) {
    super(message);
    this.code = code;
  }
}
