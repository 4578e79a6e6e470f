/** Several transports as one: each address goes to the first that reaches it, links come from all. */
import type { PeerAddress } from '../../../ground/address.ts';
import { assert } from '../../../ground/assert.ts';
import type { Acceptor, Link, LinkReceiver, Transport } from '../../../ground/ports.ts';

export class TransportSet implements Transport {
  readonly #transports: readonly Transport[];

  /** @param transports the preferred ones first */
  constructor(transports: readonly Transport[]) {
    this.#transports = transports;
  }

  reaches(address: PeerAddress): boolean {
    return this.#transports.some((transport) => transport.reaches(address));
  }

  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    const transport = this.#transports.find((candidate) => candidate.reaches(address));
    assert(transport !== undefined, 'only addresses that a transport reaches are dialled');
    return transport.dial(address, receiver);
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    for (const transport of this.#transports) transport.setAcceptor(acceptor);
  }
}
