/**
 * Open files, bounded in number: a share of 100,000 files must not need 100,000 descriptors. A handle in use is
 * never closed; of the idle ones the longest unused goes first.
 */
import { type Disk, nodeDisk } from '../../ground/node/disk.ts';
import { fromSystemError } from '../../ground/errors.ts';

export type OpenMode = 'read' | 'write';

/** Well under the usual limit of 1,024 descriptors, which sockets share. */
const DEFAULT_MAX_OPEN = 256;

export interface Handle {
  readonly key: string;
  readonly fd: number;
  users: number;
  /** The name stands for another file by now: closed with its last user. */
  isForgotten: boolean;
}

export class FileHandles {
  readonly disk: Disk;
  readonly #maxOpen: number;
  /** In order of last use. */
  readonly #handles = new Map<string, Handle>();
  #reserved = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #opening = new Map<string, Promise<Handle>>();
  /** The one writer of each file until it is complete: two shares may fetch a file of the same name into the same folder. */
  readonly #writers = new Map<string, object>();

  constructor(disk: Disk = nodeDisk, maxOpen: number = DEFAULT_MAX_OPEN) {
    this.disk = disk;
    this.#maxOpen = maxOpen;
  }

  /**
   * Room for so many files in use at once: a piece of a share of tiny files lies in hundreds, and two pieces that each
   * have half of theirs would wait for each other for ever. Every reservation needs an `unreserve`.
   */
  async reserve(count: number): Promise<void> {
    while (!this.tryReserve(count)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The same without waiting. */
  tryReserve(count: number): boolean {
    if (this.#reserved > 0 && this.#reserved + count > this.#maxOpen) return false;
    this.#reserved += count;
    return true;
  }

  unreserve(count: number): void {
    this.#reserved -= count;
    const waiting = this.#waiting.splice(0);
    for (const resolve of waiting) resolve();
  }

  /** A file that is open already. Every handle that is returned needs a `release`. */
  tryAcquire(path: string, mode: OpenMode): Handle | undefined {
    const key = `${mode}:${path}`;
    const handle = this.#handles.get(key);
    if (handle === undefined) return undefined;
    this.#handles.delete(key);
    this.#handles.set(key, handle);
    handle.users++;
    return handle;
  }

  /**
   * Opens or reuses; every call needs a `release`. `write` also reads; the file must exist.
   * @throws ShoalError
   */
  async acquire(path: string, mode: OpenMode): Promise<Handle> {
    for (;;) {
      const open = this.tryAcquire(path, mode);
      if (open !== undefined) return open;
      await this.#open(path, mode);
    }
  }

  #open(path: string, mode: OpenMode): Promise<Handle> {
    const key = `${mode}:${path}`;
    const opening = this.#opening.get(key);
    if (opening !== undefined) return opening;
    const promise = this.disk.open(path, mode).then(
      (fd) => {
        this.#makeRoom();
        const handle: Handle = { key, fd, users: 0, isForgotten: false };
        this.#handles.set(key, handle);
        return handle;
      },
      (error: unknown) => {
        throw fromSystemError(`cannot open ${path}`, error);
      },
    );
    this.#opening.set(key, promise);
    const settle = (): void => void this.#opening.delete(key);
    promise.then(settle, settle);
    return promise;
  }

  /** @returns false when another writes to it */
  claim(path: string, writer: object): boolean {
    const holder = this.#writers.get(path) ?? writer;
    this.#writers.set(path, holder);
    return holder === writer;
  }

  unclaim(path: string, writer: object): void {
    if (this.#writers.get(path) === writer) this.#writers.delete(path);
  }

  release(handle: Handle): void {
    handle.users--;
    if (handle.users === 0 && handle.isForgotten) this.disk.close(handle.fd);
  }

  /** The name will stand for another file, or none: the next `acquire` opens it afresh. */
  forget(path: string): void {
    for (const mode of ['read', 'write'] as const) {
      const handle = this.#handles.get(`${mode}:${path}`);
      if (handle === undefined) continue;
      this.#handles.delete(handle.key);
      handle.isForgotten = true;
      if (handle.users === 0) this.disk.close(handle.fd);
    }
  }

  closeAll(): void {
    for (const handle of this.#handles.values()) {
      handle.isForgotten = true;
      if (handle.users === 0) this.disk.close(handle.fd);
    }
    this.#handles.clear();
  }

  #makeRoom(): void {
    if (this.#handles.size < this.#maxOpen) return;
    for (const handle of this.#handles.values()) {
      if (handle.users > 0) continue;
      this.#handles.delete(handle.key);
      this.disk.close(handle.fd);
      if (this.#handles.size < this.#maxOpen) return;
    }
  }
}
