import type { Address } from '../../ground/address.ts';
export interface LsdServiceOptions {
    /** The TCP port that we listen on. */
    readonly port: number;
    readonly onPeer: (infoHash: Uint8Array, address: Address) => void;
}
export declare class LsdService {
    #private;
    private constructor();
    /** Never fails: where multicast does not work there are simply no neighbours. */
    static open(options: LsdServiceOptions): Promise<LsdService>;
    add(infoHash: Uint8Array): void;
    delete(infoHash: Uint8Array): void;
    close(): void;
}
