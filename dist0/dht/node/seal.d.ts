export declare class Seal {
    #private;
    /** @param secret what the group shares; at least 16 bytes of it should be random */
    constructor(secret: Uint8Array);
    seal(packet: Uint8Array): Uint8Array;
    /** Undefined for packets that nobody of the group sealed. */
    open(packet: Uint8Array): Uint8Array | undefined;
}
