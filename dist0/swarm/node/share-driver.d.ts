/**
 * Drives one swarm machine on a real machine: its links, its one timer, its files and its proofs. No protocol decision
 * is made here.
 */
import { type PieceJob, type PieceVerdict } from '../../content/node/piece-batch.ts';
import type { PiecePool } from '../../content/node/piece-pool.ts';
import { type Address } from '../../ground/address.ts';
import type { ConnectionId, Instant } from '../../ground/units.ts';
import type { ReadGuard } from '../../storage/node/read-guard.ts';
import type { ShareFiles } from '../../storage/node/share-files.ts';
import type { Socket } from 'node:net';
import type { SwarmEvent, SwarmSink } from '../core/sink.ts';
import { Swarm, type SwarmOptions } from '../core/swarm.ts';
import type { Handshake } from '../wire/handshake.ts';
import type { HashRange } from '../wire/messages.ts';
/** What a driver needs of a share's storage. */
export interface DriverStorage {
    readonly files: ShareFiles;
    readonly guard: ReadGuard;
    /** See `ShareStore.prove`. */
    prove(piece: number, memory: NonNullable<PieceJob['memory']>, wantsBlockHashes: boolean, done: (verdict: PieceVerdict) => void): void;
}
export declare class ShareDriver implements SwarmSink {
    #private;
    readonly swarm: Swarm;
    constructor(options: Omit<SwarmOptions, 'sink'>, pool: PiecePool, onEvent: (event: SwarmEvent) => void);
    /** Where the data is or goes; needed before the first block is sent or proved. */
    setStorage(storage: DriverStorage): void;
    /** Runs a `handle…` method of the machine with the time, then does what follows from it. */
    call(action: (swarm: Swarm, now: Instant) => void): void;
    /** An accepted socket whose handshake named this share; `rest` came behind the handshake. */
    acceptLink(socket: Socket, address: Address, handshake: Handshake, rest: Uint8Array): void;
    /**
     * Adds a web seed (BEP 19) as a peer that has everything; the metadata must be known.
     * @param address of the web server, under which it is blamed if it lies
     */
    addWebSeed(url: string, address: Address, handshake: Handshake, userAgent: string): void;
    /** Closes all links. Pieces that are being proved are proved and written to the end. */
    stop(): void;
    /** Gives the memory for pieces back; nothing is proved any more. */
    releaseMemory(): void;
    connect(id: ConnectionId, address: Address): void;
    send(id: ConnectionId, bytes: Uint8Array): void;
    sendBlock(id: ConnectionId, piece: number, begin: number, length: number): void;
    close(id: ConnectionId): void;
    storeBlock(piece: number, begin: number, block: Uint8Array): void;
    provePiece(piece: number): void;
    setHeldBack(isHeldBack: boolean): void;
    readLeaves(id: ConnectionId, range: HashRange, piece: number): void;
    emit(event: SwarmEvent): void;
}
