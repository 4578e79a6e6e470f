/**
 * Which pieces are fetched: the wanted ones that can be proved. A v2 piece waits until the layer with its hash is known
 * (BEP 52).
 */
import { isV2HashKnown } from '../../../../data/content/geometry.ts';
import type { Share } from './context.ts';
import { PRIORITY_NORMAL } from './rarity-index.ts';

export class WantedPieces {
  /** 0 unwanted to 7 first; all normal when it is absent. */
  priorityOf: ((piece: number) => number) | undefined;
  /** Wanted pieces whose piece layer is still being fetched. */
  #unprovable = 0;

  apply({ metainfo, geometry, picker }: Share): void {
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
  isComplete({ picker }: Share): boolean {
    return picker.wantedLeft === 0 && this.#unprovable === 0;
  }
}
