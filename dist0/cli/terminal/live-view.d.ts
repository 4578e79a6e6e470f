/** The live view of a share: redrawn in place a few times a second, never wider than the terminal. */
import type { Bitfield } from '../../ground/bitfield.ts';
import type { ShareStatus } from '../../peer/status.ts';
import { type Palette } from './draw.ts';
/** The lines of a view; pure, so that a test can look at it at any width. */
export declare function renderShare(status: ShareStatus, have: Bitfield | undefined, columns: number, palette: Palette): string[];
export declare class LiveView {
    #private;
    readonly palette: Palette;
    constructor(stream: NodeJS.WriteStream);
    draw(lines: readonly string[]): void;
    /** Prints above the view, for good. */
    print(line: string): void;
    get columns(): number;
}
