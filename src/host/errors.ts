/**
 * What each error code means to programs and people: its HTTP status, its exit status, what happened, what to do. The host
 * declares the codes that any part may throw; a system declares its own, in its folder. One table holds them all.
 */
import type { ErrorCode } from '../ground/errors.ts';

/** Exit statuses of commands: docs/cli.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, nothingFound: 3, interrupted: 130 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDeclaration {
  /** Of an answer over HTTP; 500 when absent: the fault is the daemon's or the machine's, not the request's. */
  readonly httpStatus?: number;
  /** Of a command; 1 when absent. */
  readonly exitStatus?: ExitStatus;
  /** A part of a sentence, for docs/errors.md. */
  readonly meaning: string;
  /** What a person can do about it; '' where the message alone can say. */
  readonly remedy: string;
}

export type ErrorDeclarations = Readonly<Partial<Record<ErrorCode, ErrorDeclaration>>>;
