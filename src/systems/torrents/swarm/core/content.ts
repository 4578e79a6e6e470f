/**
 * What a swarm exchanges, known once there is metadata: where pieces lie, which are here, which are wanted. A v2 piece
 * waits until the layer with its hash is known (BEP 52).
 */
import { Geometry, isV2HashKnown } from '../../../../data/content/geometry.ts';
import { type Metainfo, metainfoFromInfo } from '../../../../data/content/metainfo.ts';
import { equalBytes } from '../../../../ground/bytes.ts';
import { Picker } from './picker.ts';
import { PRIORITY_NORMAL } from './rarity-index.ts';
import type { SwarmOptions } from './swarm-options.ts';

/** At least so many pieces may be active, however large they are: one per peer or nothing moves. */
const MIN_ACTIVE_PIECES = 4;
const MAX_ACTIVE_PIECES = 4096;

export interface Content {
  readonly metainfo: Metainfo;
  readonly geometry: Geometry;
  readonly picker: Picker;
}

/** @param present pieces that are on disk and proved */
export function createContent(metainfo: Metainfo, present: Iterable<number>, options: SwarmOptions): Content {
  const geometry = new Geometry(metainfo.info);
  const budget = Math.floor(options.pieceMemoryBytes / geometry.nominalPieceLength);
  const picker = new Picker({
    pieceCount: geometry.pieceCount,
    blockCount: (piece) => geometry.blockCount(piece),
    prng: options.prng,
    maxActivePieces: Math.max(MIN_ACTIVE_PIECES, Math.min(budget, MAX_ACTIVE_PIECES)),
    isSequential: options.isSequential === true,
    pieceLength: geometry.nominalPieceLength,
  });
  for (const piece of present) picker.markPresent(piece);
  return { metainfo, geometry, picker };
}

/** The info dictionary that peers sent (BEP 9); undefined when it is not the one that the info hashes name. */
export function readInfo(
  infoBytes: Uint8Array,
  { infoHashV1, infoHashV2, hasher }: Pick<SwarmOptions, 'infoHashV1' | 'infoHashV2' | 'hasher'>,
): ReturnType<typeof metainfoFromInfo> | undefined {
  if (infoHashV1 !== undefined && !equalBytes(hasher.sha1(infoBytes), infoHashV1)) return undefined;
  if (infoHashV2 !== undefined && !equalBytes(hasher.sha256(infoBytes), infoHashV2)) return undefined;
  return metainfoFromInfo(infoBytes, hasher);
}

/** Which pieces are fetched: the wanted ones that can be proved. */
export class WantedPieces {
  /** 0 unwanted to 7 first; all normal when it is absent. */
  priorityOf: ((piece: number) => number) | undefined;
  /** Wanted pieces whose piece layer is still being fetched. */
  #unprovable = 0;

  apply({ metainfo, geometry, picker }: Content): void {
    const usesV1 = metainfo.info.version !== 'v2';
    this.#unprovable = 0;
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
      const isKnown = usesV1 || isV2HashKnown(metainfo, geometry, piece);
      const wanted = this.priorityOf === undefined ? PRIORITY_NORMAL : this.priorityOf(piece);
      const priority = isKnown ? wanted : 0;
      if (wanted > 0 && !isKnown) this.#unprovable++;
      if (picker.rarity.priority(piece) !== priority) picker.setPriority(piece, priority);
    }
  }

  /** Every wanted piece is here. */
  isComplete({ picker }: Content): boolean {
    return picker.wantedLeft === 0 && this.#unprovable === 0;
  }
}
