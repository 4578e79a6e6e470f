/** The ear of a share's driver (`share-driver.ts`) at one link, and the words for its end. */
import { addressKey, type PeerAddress } from '../../../../ground/address.ts';
import type { LinkReceiver } from '../../../../ground/ports.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { Blame } from '../core/sink.ts';
import type { Swarm } from '../core/swarm.ts';

/** What a driver does about what links tell. */
interface LinkListener {
  call(action: (swarm: Swarm, now: Instant) => void): void;
  expectPieces(): void;
  handleLinkClosed(id: ConnectionId, failure: Error | undefined): void;
}

/** What one link tells. Of a class: three closures more on each of thousands of connections would be a fifth of their cost. */
export class DriverReceiver implements LinkReceiver {
  readonly #driver: LinkListener;
  readonly #id: ConnectionId;

  constructor(driver: LinkListener, id: ConnectionId) {
    this.#driver = driver;
    this.#id = id;
  }

  onConnected(): void {
    this.#driver.expectPieces();
    this.#driver.call((swarm, now) => swarm.handleConnected(now, this.#id));
  }

  onData(chunk: Uint8Array): void {
    this.#driver.call((swarm, now) => swarm.handleReceived(now, this.#id, chunk));
  }

  onClosed(failure: Error | undefined): void {
    this.#driver.handleLinkClosed(this.#id, failure);
  }
}

/** Why a link has ended by itself. */
export function describeClose(failure: Error | undefined, address: PeerAddress): Blame {
  if (failure === undefined)
    return { code: 'peer-closed', message: 'the peer closed the connection', guilty: 'nobody' };
  const { code } = failure as { code?: string };
  const message = `${addressKey(address)}: ${code === 'ECONNREFUSED' ? 'nobody listens there' : failure.message}`;
  return { code: 'link-failed', message, guilty: 'nobody' };
}
