/**
 * The one error class for what goes wrong around us: files, sockets, trackers, the person's input.
 * Every variant has a code. What a code means, and its statuses, are declared once: those that any part may throw in
 * `host/errors.ts`, those of a system in its folder; docs/errors.md lists all.
 */
import type { Malformed } from './result.ts';

/** Codes that any part may throw. */
export type CommonErrorCode =
  | 'aborted'
  | 'bad-argument'
  | 'bad-link'
  | 'denied'
  | 'fetch-failed'
  | 'file-changed'
  | 'io-error'
  | 'name-conflict'
  | 'no-permission'
  | 'no-space'
  | 'not-found'
  | 'port-in-use'
  | 'private-address'
  | 'refused'
  | 'state-broken'
  | 'state-in-use'
  | 'state-too-new'
  | 'tracker-failed'
  | 'unsafe-path'
  | 'unsupported';

/** Codes of single systems. A system adds its own by declaration merging, and declares what they mean in its folder. */
// biome-ignore lint/suspicious/noEmptyInterface: systems add to it
export interface SystemErrorCodes {}

export type ErrorCode = CommonErrorCode | keyof SystemErrorCodes;

/** The free space of a disk, and the space that is needed. */
export interface Shortage {
  readonly folder: string;
  readonly freeBytes: number;
  readonly neededBytes: number;
}

export class ShoalError extends Error {
  override readonly name: string = 'ShoalError';
  readonly code: ErrorCode;
  /** Where and how a decoder stopped, for a reader of the bytes. */
  readonly detail: string | undefined;
  /** Of `no-space`, when it is known beforehand. */
  readonly shortage: Shortage | undefined;

  constructor(code: ErrorCode, message: string, cause?: unknown, shortage?: Shortage) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = (cause as Partial<Malformed> | undefined)?.detail;
    this.shortage = shortage;
  }

  /** Turns a decoder's verdict into an exception, at the edge where a person's call has to fail. */
  static fromMalformed(code: ErrorCode, what: string, error: Malformed): ShoalError {
    return new ShoalError(code, `${what}: ${error.message} (${error.code})`, error);
  }
}

const SYSTEM_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EACCES: ['no-permission', 'permission denied'],
  EPERM: ['no-permission', 'operation not permitted'],
  EROFS: ['no-permission', 'the file system is read-only'],
  ENOSPC: ['no-space', 'no space left on the disk'],
  EDQUOT: ['no-space', 'the disk quota is used up'],
  ENOENT: ['not-found', 'no such file or folder'],
  ENOTDIR: ['not-found', 'a part of the path is not a folder'],
  EISDIR: ['name-conflict', 'a folder has that name'],
  EEXIST: ['name-conflict', 'the name is taken'],
  ENAMETOOLONG: ['unsafe-path', 'the name is too long for this file system'],
  ELOOP: ['unsafe-path', 'a symbolic link stands in the way'],
  EADDRINUSE: ['port-in-use', 'another program uses the port'],
  ESPIPE: ['io-error', 'it is a pipe or a device, and no file'],
  ENXIO: ['io-error', 'it is a socket or a device, and no file'],
  EMFILE: ['io-error', 'too many open files'],
  EIO: ['io-error', 'the device reported an input/output error'],
};

/** Primary result codes of SQLite that are the disk's fault: the lower byte of a result code (sqlite.org/rescode.html). */
const SQLITE_CODES: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  8: ['no-permission', 'the database is read-only'],
  13: ['no-space', 'no space left on the disk'],
};

function sqliteCodeOf(cause: unknown): readonly [ErrorCode, string] | undefined {
  const code = (cause as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? SQLITE_CODES[code & 0xff] : undefined;
}

/** A failure of the disk under a database, at an edge that has to say something; undefined for any other error. */
export function fromDatabaseError(cause: unknown): ShoalError | undefined {
  const known = sqliteCodeOf(cause);
  return known && new ShoalError(known[0], `cannot write to the state folder: ${known[1]}`, cause);
}

/** Wraps a system error (`cause.code` such as `ENOSPC`) or one of SQLite; `what` names the action and the file. */
export function fromSystemError(what: string, cause: unknown): ShoalError {
  if (cause instanceof ShoalError) return cause;
  const systemCode = (cause as { code?: unknown } | null)?.code;
  const known =
    sqliteCodeOf(cause) ?? (typeof systemCode === 'string' ? SYSTEM_CODES[systemCode] : undefined);
  if (known !== undefined) return new ShoalError(known[0], `${what}: ${known[1]}`, cause);
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ShoalError('io-error', `${what}: ${detail}`, cause);
}
