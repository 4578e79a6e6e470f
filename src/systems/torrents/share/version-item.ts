/** Versions as items of the DHT (BEP 46): what a signed item says, and what it points at. */
import { formatMagnet } from '../../../data/content/magnet.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { UpdateLink } from '../../../data/content/update-link.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Item } from '../../../net/dht/core/operations.ts';
import { decodePointer, type TorrentPointer } from '../../../net/dht/wire/items.ts';
import type { Version } from './core/follow-life.ts';

/** @throws ShoalError bad-torrent */
export function pointerOf({ value, sequence }: Item): TorrentPointer {
  const pointer = decodePointer(value);
  if (pointer === undefined)
    throw new ShoalError('bad-torrent', `version ${sequence} points at nothing that is a torrent (BEP 46)`);
  return pointer;
}

/** As the machine knows it. @throws ShoalError bad-torrent */
export const versionOf = (item: Item): Version => ({
  sequence: item.sequence!,
  content: toHex(pointerOf(item).infoHash),
});

/** The same of a torrent: what an item would point at. */
export const contentOf = ({ infoHashV1, infoHashV2 }: Metainfo): string =>
  toHex(infoHashV1 ?? infoHashV2!.subarray(0, 20));

/** A magnet link to what it points at. */
export function linkOf({ infoHash, infoHashV2 }: TorrentPointer): string {
  const isTruncated = infoHashV2 !== undefined && toHex(infoHashV2).startsWith(toHex(infoHash));
  return formatMagnet({
    ...(isTruncated ? {} : { infoHashV1: infoHash }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    trackers: [],
    webSeeds: [],
    peers: [],
  });
}

/** Items of other keys are no versions. */
export function isSignedBy(item: Item, link: UpdateLink): boolean {
  return item.key !== undefined && toHex(item.key) === toHex(link.publicKey);
}
