import { type Command, Option } from 'commander';
import { type Address } from '../ground/address.ts';
import { type DhtOptions } from '../peer/dht.ts';
import { type PeerOptions, type ShoalPeer } from '../peer/peer.ts';
import { Output } from './output.ts';
export interface CommonOptions {
    readonly port?: number;
    readonly state?: string;
    readonly limitDown?: number;
    readonly limitUp?: number;
    readonly dht?: boolean;
    readonly lsd?: boolean;
    readonly dhtNode?: readonly Address[];
    readonly dhtRouter?: readonly string[];
    readonly networkKey?: string;
    /** Not an option of people's: a crawl holds itself back. */
    readonly queriesPerSecond?: number;
    readonly json?: boolean;
    readonly quiet?: boolean;
    readonly verbose?: boolean;
}
export declare function addCommonOptions(command: Command): Command;
export declare function createOutput(options: CommonOptions): Output;
/** @throws ShoalError when the network key can't be read */
export declare function dhtOptions(options: CommonOptions): Promise<DhtOptions>;
/**
 * Opens a peer. When another process uses the state folder and the person named none, this one takes the next: `beside-2`,
 * `beside-3`, … below it.
 * @throws ShoalError
 */
export declare function openPeer(options: CommonOptions, output: Output): Promise<ShoalPeer>;
/** @throws ShoalError when the network key can't be read */
export declare function peerOptions(options: CommonOptions): Promise<PeerOptions>;
export declare function parsePort(text: string): number;
export declare function parseRate(text: string): number;
export declare function parsePieceLength(text: string): number;
export declare function parseSeconds(text: string): number;
export declare function parseRatio(text: string): number;
/** Collects a repeatable option. */
export declare function collect(text: string, before: readonly string[] | undefined): string[];
/** One tier of trackers: URLs with commas between. */
export declare function collectTracker(text: string, before: readonly string[] | undefined): string[];
export declare function collectWebSeed(text: string, before: readonly string[] | undefined): string[];
export declare function collectPeer(text: string, before: readonly Address[] | undefined): Address[];
/** "none" empties the list. */
export declare function collectRouter(text: string, before: readonly string[] | undefined): string[];
export declare function parseCount(text: string): number;
export declare function versionOptions(): Option[];
export declare function chosenVersion(options: {
    readonly v1?: boolean;
    readonly v2?: boolean;
}): 'v1' | 'v2' | 'hybrid';
