/**
 * Transports and datagrams that do not talk to denied addresses: one wrapper a port, so that no protocol above needs to ask.
 * A dial to a denied address fails as any dial may; a link or a packet from one is dropped without an answer.
 */
import type { PeerAddress } from '../../../ground/address.ts';
import { denyAddress, describeDenial, type Filter } from '../../../ground/filter.ts';
import type { Acceptor, Clock, Datagrams, Link, LinkReceiver, Transport } from '../../../ground/ports.ts';
import { FailedLink } from './failed-link.ts';

export class FilteredTransport implements Transport {
  readonly #transport: Transport;
  readonly #filter: Filter;
  readonly #clock: Pick<Clock, 'after'>;

  constructor(transport: Transport, filter: Filter, clock: Pick<Clock, 'after'>) {
    this.#transport = transport;
    this.#filter = filter;
    this.#clock = clock;
  }

  reaches(address: PeerAddress): boolean {
    return this.#transport.reaches(address);
  }

  dial(address: PeerAddress, receiver: LinkReceiver): Link {
    const denial = denyAddress(this.#filter, address, 'peer');
    if (denial === undefined) return this.#transport.dial(address, receiver);
    return new FailedLink(receiver, this.#clock, new Error(describeDenial('this address', denial)));
  }

  setAcceptor(acceptor: Acceptor | undefined): void {
    this.#transport.setAcceptor(
      acceptor &&
        ((link, from) => {
          if (denyAddress(this.#filter, from, 'peer') === undefined) acceptor(link, from);
          else link.destroy();
        }),
    );
  }
}

/** Packets neither go to denied hosts nor come from them. */
export function filterDatagrams(datagrams: Datagrams, filter: Filter): Datagrams {
  const isDenied = (host: Uint8Array): boolean =>
    !filter.allowsAllHosts && filter.denyHost(host, 'datagram') !== undefined;
  return {
    get families() {
      return datagrams.families;
    },
    get hasSentAll() {
      return datagrams.hasSentAll;
    },
    portOf: (family) => datagrams.portOf(family),
    send: (packet, to) => {
      if (filter.allowsAllHosts || !isDenied(to.hostBytes)) datagrams.send(packet, to);
    },
    sendKept: (packet, to) => {
      if (filter.allowsAllHosts || !isDenied(to.hostBytes)) datagrams.sendKept(packet, to);
    },
    setReceiver: (receiver) =>
      datagrams.setReceiver(
        receiver &&
          ((packet, from) => {
            if (filter.allowsAllHosts || !isDenied(from.hostBytes)) receiver(packet, from);
          }),
      ),
  };
}
