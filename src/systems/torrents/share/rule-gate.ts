/**
 * What rules do to shares: which may run, which handshakes are taken, and what ends when rules change. Addresses are
 * asked about below, at each transport.
 */
import { ShoalError } from '../../../ground/errors.ts';
import { denyHashes, describeDenial, type Filter, type Occasion } from '../../../ground/filter.ts';

type Hashes = readonly (Uint8Array | undefined)[];

/** A share that runs. */
export interface RuledShare {
  /** All that are known of it. */
  readonly infoHashes: Hashes;
  /** Closes connections to hosts that are denied now. */
  dropBlocked(): void;
  /** Ends it: no data of it moves any more. */
  deny(error: ShoalError): unknown;
}

/** A rule that denies a share; undefined when it may run. */
export function denialOf(filter: Filter, infoHashes: Hashes, occasion: Occasion): ShoalError | undefined {
  const denial = denyHashes(filter, infoHashes, occasion);
  return denial === undefined ? undefined : new ShoalError('denied', describeDenial('this share', denial));
}

/** A link whose handshake names a denied share is not answered. */
export const takesHandshake = (filter: Filter, infoHash: Uint8Array): boolean =>
  denyHashes(filter, [infoHash], 'handshake') === undefined;

/** Shares that are denied from now on end, and links to hosts that are. @returns stop watching */
export function keepToRules(filter: Filter, shares: () => Iterable<RuledShare>): () => void {
  return filter.listen(() => {
    for (const share of [...shares()]) {
      share.dropBlocked();
      const denial = denialOf(filter, share.infoHashes, 'share');
      if (denial !== undefined) share.deny(denial);
    }
  });
}
