import type { DhtService } from '../dht/node/service.ts';
import type { SigningKey } from '../storage/node/key-store.ts';
import type { NetworkMemory } from '../storage/node/network-memory.ts';
import type { Share } from './share.ts';
/** Nodes keep items for two hours (BEP 44). */
export declare const REPUT_MS: number;
export interface PublishOptions {
    readonly key: SigningKey;
    /** Tells the shares of one key apart; the salt of the item. */
    readonly name: string;
}
/** @throws ShoalError bad-argument */
export declare function saltOf(name: string): Uint8Array;
/** The stable link: the same for every version. */
export declare function publicationLink(options: PublishOptions): string;
export interface PublishedStatus {
    readonly sequence: number;
    /** Nodes that keep the item. */
    readonly stored: number;
    /** Another machine published a newer version with the same key. */
    readonly isSuperseded: boolean;
}
export declare class Publication {
    #private;
    readonly link: string;
    onPut: (status: PublishedStatus) => void;
    private constructor();
    /** Chooses the sequence number: the last one if nothing changed, else more than any that was ever seen. */
    static open(dht: DhtService, memory: NetworkMemory, share: Share, options: PublishOptions, signal?: AbortSignal): Promise<Publication>;
    get sequence(): number;
    /** Puts the item now and from then on. Resolves after the first try. */
    start(): Promise<void>;
    stop(): void;
}
