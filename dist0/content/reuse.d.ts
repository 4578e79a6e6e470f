import type { FileIndex, PieceIndex } from '../ground/units.ts';
import type { Metainfo } from './model.ts';
export interface ReusePlan {
    readonly files: readonly {
        readonly from: FileIndex;
        readonly to: FileIndex;
    }[];
    readonly pieces: readonly {
        readonly from: PieceIndex;
        readonly to: PieceIndex;
    }[];
}
export declare function planReuse(before: Metainfo, now: Metainfo): ReusePlan;
