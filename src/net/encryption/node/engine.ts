/**
 * Makes encrypted links of plain ones, for all shares of a peer. It is loaded when the first link needs it (`encryption.ts`).
 */
import type { PeerAddress } from '../../../ground/address.ts';
import type { Clock, Hasher, Link, LinkReceiver, Prng, Transport } from '../../../ground/ports.ts';
import { ExchangeBudget } from '../core/exchange-budget.ts';
import { Initiator } from '../core/initiator.ts';
import { chooseAmong, type EncryptionPolicy, offersOf } from '../core/policy.ts';
import { Responder } from '../core/responder.ts';
import { SkeyIndex } from '../core/skey-index.ts';
import { EncryptedLink } from './encrypted-link.ts';

export interface EngineOptions {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly hasher: Pick<Hasher, 'sha1'>;
  /** Unpredictable. */
  readonly secretPrng: Prng;
  readonly policy: () => EncryptionPolicy;
  /** Whether a share takes connections; those that do not are not answered. */
  readonly takes: (skey: Uint8Array) => boolean;
  /** Info hashes of 20 bytes of the shares that run now. */
  readonly skeys: Iterable<Uint8Array>;
}

export class EncryptionEngine {
  readonly #options: Omit<EngineOptions, 'skeys'>;
  readonly #skeys: SkeyIndex;
  readonly #budget = new ExchangeBudget();

  constructor({ skeys, ...options }: EngineOptions) {
    this.#options = options;
    this.#skeys = new SkeyIndex(options.hasher, skeys);
  }

  addShare(skey: Uint8Array): void {
    this.#skeys.add(skey);
  }

  deleteShare(skey: Uint8Array): void {
    this.#skeys.delete(skey);
  }

  /** Dials, for the share with that info hash. */
  dial(transport: Transport, address: PeerAddress, receiver: LinkReceiver, skey: Uint8Array): Link {
    const { clock, hasher, secretPrng, policy } = this.#options;
    const offers = offersOf(policy());
    const link = new EncryptedLink(
      receiver,
      clock,
      (sink) => new Initiator({ sink, hasher, secretPrng, skey, offers }),
    );
    link.setBelow(transport.dial(address, link));
    return link;
  }

  /**
   * Takes a link that somebody opened and that did not begin with a plain handshake. Nothing of it was delivered.
   * @param host who opened it: what is counted as one
   */
  accept(below: Link, receiver: LinkReceiver, host: string): EncryptedLink {
    const { clock, hasher, secretPrng, policy, takes } = this.#options;
    const findSkey = (skeyHash: Uint8Array): Uint8Array | undefined => {
      const skey = this.#skeys.find(skeyHash);
      return skey !== undefined && takes(skey) ? skey : undefined;
    };
    const link = new EncryptedLink(
      receiver,
      clock,
      (sink) =>
        new Responder({
          sink,
          hasher,
          secretPrng,
          findSkey,
          mayExchange: () => this.#budget.take(clock.now(), host),
          choose: (offered) => chooseAmong(policy(), offered),
        }),
    );
    link.setBelow(below);
    below.setReceiver(link);
    return link;
  }
}
