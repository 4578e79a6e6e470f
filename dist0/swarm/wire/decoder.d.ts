/**
 * Cuts a byte stream into peer messages. A message that lies within one chunk is handed on as a view into it; one
 * that spans chunks is put together in a buffer of the decoder's own, so a block is copied at most once here.
 *
 * Invariant: nothing is buffered before the length and id of its message were judged by `checkFrame`.
 */
import { type Bytes } from '../../ground/bytes.ts';
import type { Malformed } from '../../ground/result.ts';
export interface FrameReceiver {
    /** `payload` is valid only during the call. Returning false stops the decoder for good. */
    onFrame(id: number, payload: Bytes): boolean;
    onKeepAlive(): void;
}
export declare class MessageDecoder {
    #private;
    /** Returns what is wrong with the stream, after which the decoder takes nothing more. */
    push(chunk: Bytes, receiver: FrameReceiver): Malformed | undefined;
}
