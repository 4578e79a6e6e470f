/** A set of small whole numbers, laid out as BEP 3's `bitfield`: bit 0 is the high bit of byte 0. */
import type { Bytes } from './bytes.ts';
export declare class Bitfield {
    #private;
    readonly length: number;
    readonly bytes: Uint8Array<ArrayBuffer>;
    constructor(length: number);
    /** Undefined when the byte length is wrong or a spare bit is set (BEP 3: such a peer should be dropped). */
    static fromBytes(bytes: Bytes, length: number): Bitfield | undefined;
    get count(): number;
    get isFull(): boolean;
    get isEmpty(): boolean;
    has(index: number): boolean;
    /** True when the bit was not set before. */
    add(index: number): boolean;
    /** True when the bit was set before. */
    delete(index: number): boolean;
    fillAll(): void;
    clone(): Bitfield;
}
