/**
 * Byte streams over TCP. Outgoing connections read into one buffer that all of them share: Node hands it over
 * synchronously (`onread`), and the receiver is done with a chunk when its callback returns.
 */
import { type Socket } from 'node:net';
import { type Address } from '../../ground/address.ts';
export interface LinkReceiver {
    onConnected(): void;
    /** Valid only during the call. */
    onData(chunk: Uint8Array): void;
    /** Called once, whoever ended it. `failure` is absent for an orderly end. */
    onClosed(failure: Error | undefined): void;
}
/** A stream to a peer. Writes after the end are dropped. */
export declare class TcpLink {
    #private;
    private constructor();
    static dial(address: Address, receiver: LinkReceiver): TcpLink;
    /** Takes over an accepted socket. */
    static accept(socket: Socket, receiver: LinkReceiver): TcpLink;
    /** `taken` is called when the system has the bytes, or when the link is gone. */
    write(bytes: Uint8Array, taken?: () => void): void;
    /** Nothing is read until `resume`: what the other side sends waits in the system's buffers, and then at its own. */
    pause(): void;
    resume(): void;
    /** Bytes that were written and that the system has not taken. */
    get unsent(): number;
    /** Sends what was written, then closes. No more data is delivered. */
    close(): void;
}
export interface Listener {
    readonly port: number;
    close(): Promise<void>;
}
/**
 * Listens on all addresses, IPv6 and IPv4.
 * @param port undefined for the first free one of the usual range, 0 for any
 * @throws ShoalError port-in-use
 */
export declare function listenTcp(port: number | undefined, host: string | undefined, onSocket: (socket: Socket, address: Address) => void): Promise<Listener>;
