/**
 * The one error class for what goes wrong around us: files, sockets, trackers, the person's input.
 * Every variant has a code; the codes and what to do about them are listed in docs/errors.md.
 */
import type { Malformed } from './result.ts';
export type ErrorCode = 'aborted' | 'bad-argument' | 'bad-link' | 'bad-torrent' | 'data-mismatch' | 'directory-in-use' | 'file-changed' | 'io-error' | 'name-conflict' | 'no-permission' | 'no-space' | 'not-found' | 'nothing-found' | 'port-in-use' | 'refused' | 'state-broken' | 'state-in-use' | 'state-too-new' | 'tracker-failed' | 'unsafe-path' | 'unsupported';
export declare class ShoalError extends Error {
    readonly name: string;
    readonly code: ErrorCode;
    constructor(code: ErrorCode, message: string, cause?: unknown);
    /** Turns a decoder's verdict into an exception, at the edge where a person's call has to fail. */
    static fromMalformed(code: ErrorCode, what: string, error: Malformed): ShoalError;
}
/** Wraps a system error (`cause.code` such as `ENOSPC`); `what` names the action and the file. */
export declare function fromSystemError(what: string, cause: unknown): ShoalError;
