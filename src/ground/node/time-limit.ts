/**
 * Waiting with an end. A call of the file system cannot be taken back: on a network drive that is gone it may never
 * answer, and keeps its thread. Its caller goes on.
 */
import { ShoalError } from '../errors.ts';

export interface TimeLimit {
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param what the path, for the message
 * @throws ShoalError io-error when there is no answer in time, aborted when the signal says so
 */
export function withTimeLimit<T>(what: string, action: Promise<T>, limit: TimeLimit): Promise<T> {
  const { ms, signal } = limit;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => end(() => reject(new ShoalError('aborted', 'interrupted')));
    const timer = setTimeout(() => end(() => reject(stalled(what))), ms);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    return action.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}

/** For people. */
export function stalled(what: string): ShoalError {
  return new ShoalError(
    'io-error',
    `${what} does not answer: is it on a network drive, or on a disk that fails?`,
  );
}
