/**
 * Transports and datagrams that do not talk to denied addresses: one wrapper a port, so that no protocol above needs to ask.
 * A dial to a denied address fails as any dial may; a link or a packet from one is dropped without an answer.
 */
import type { PeerAddress } from '../../../ground/address.ts';
import { denyAddress, describeDenial, type Filter } from '../../../ground/filter.ts';
import type { Acceptor, Clock, Datagrams, Link, LinkReceiver, Transport } from '../../../ground/ports.ts';

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
    return new DeniedLink(receiver, this.#clock, new Error(describeDenial('this address', denial)));
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

/** A link that never stands: its receiver hears why, after the call that asked for it. */
class DeniedLink implements Link {
  readonly unsent: number = 0;
  readonly #clock: Pick<Clock, 'after'>;
  #receiver: LinkReceiver;
  #failure: Error | undefined;

  constructor(receiver: LinkReceiver, clock: Pick<Clock, 'after'>, failure: Error) {
    this.#receiver = receiver;
    this.#clock = clock;
    this.#failure = failure;
    clock.after(0, () => this.#receiver.onClosed(this.#failure));
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  write(_bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (taken !== undefined) this.#clock.after(0, () => taken(false));
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.#failure = undefined;
  }

  destroy(): void {
    this.#failure = undefined;
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
    portOf: (family) => datagrams.portOf(family),
    send: (packet, to) => {
      if (filter.allowsAllHosts || !isDenied(to.hostBytes)) datagrams.send(packet, to);
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
