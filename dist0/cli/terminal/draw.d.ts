/** Drawing for a terminal: bars, the piece map, colours that respect NO_COLOR. */
import type { Bitfield } from '../../ground/bitfield.ts';
export type Paint = (text: string) => string;
export interface Palette {
    readonly good: Paint;
    readonly accent: Paint;
    readonly dim: Paint;
    readonly bad: Paint;
    readonly bold: Paint;
}
/** https://no-color.org: any non-empty NO_COLOR means no colour. */
export declare function createPalette(stream: {
    readonly isTTY?: boolean;
}): Palette;
/** @param fraction 0 to 1 */
export declare function drawBar(fraction: number, columns: number): string;
/** Each column stands for a stretch of pieces; its height for how many of them are here. */
export declare function drawPieceMap(have: Bitfield, columns: number): string;
