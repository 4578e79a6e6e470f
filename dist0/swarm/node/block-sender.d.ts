import type { TcpLink } from '../../link/node/tcp.ts';
import type { ReadGuard } from '../../storage/node/read-guard.ts';
export interface Block {
    readonly piece: number;
    readonly begin: number;
    readonly length: number;
}
export interface SenderEvents {
    /** The socket has taken so many bytes of blocks. */
    onSent(bytes: number): void;
    /** Whether a piece is still ours to send: it may be lost between the request and the reading. */
    isHad(piece: number): boolean;
    /** None of the blocks will be sent: one of their pieces was lost. */
    onLost(blocks: readonly Block[]): void;
    /** None of the blocks will be sent; this piece is the reason. */
    onReadFailed(blocks: readonly Block[], piece: number, cause: unknown): void;
}
export declare class BlockSender {
    #private;
    constructor(link: Pick<TcpLink, 'write'>, guard: ReadGuard, events: SenderEvents);
    add(piece: number, begin: number, length: number): void;
    close(): void;
    /** Starts reading if there is something to read and room for it. */
    kick(): void;
}
