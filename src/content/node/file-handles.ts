/**
 * Open files, bounded in number: a share of 100,000 files must not need 100,000 descriptors. A handle in use is
 * never closed; of the idle ones the longest unused goes first.
 */
import { closeSync, openSync } from 'node:fs';
import { fromSystemError } from '../../ground/errors.ts';

export type OpenMode = 'read' | 'write';

/** Well under the usual limit of 1,024 descriptors, which sockets share. */
const DEFAULT_MAX_OPEN = 256;

interface Handle {
  readonly key: string;
  readonly fd: number;
  users: number;
}

export class FileHandles {
  readonly #maxOpen: number;
  /** In order of last use. */
  readonly #handles = new Map<string, Handle>();

  constructor(maxOpen: number = DEFAULT_MAX_OPEN) {
    this.#maxOpen = maxOpen;
  }

  /**
   * Opens or reuses; every call needs a `release`. `write` also reads and creates the file.
   * @throws ShoalError
   */
  acquire(path: string, mode: OpenMode): number {
    const key = `${mode}:${path}`;
    let handle = this.#handles.get(key);
    if (handle === undefined) {
      this.#makeRoom();
      handle = { key, fd: open(path, mode), users: 0 };
    } else this.#handles.delete(key);
    this.#handles.set(key, handle);
    handle.users++;
    return handle.fd;
  }

  release(path: string, mode: OpenMode): void {
    const handle = this.#handles.get(`${mode}:${path}`);
    if (handle !== undefined) handle.users--;
  }

  /** Closes a file that will be renamed or removed; it must not be in use. */
  forget(path: string): void {
    for (const mode of ['read', 'write'] as const) {
      const handle = this.#handles.get(`${mode}:${path}`);
      if (handle !== undefined && handle.users === 0) this.#close(handle);
    }
  }

  closeAll(): void {
    for (const handle of [...this.#handles.values()]) this.#close(handle);
  }

  #makeRoom(): void {
    if (this.#handles.size < this.#maxOpen) return;
    for (const handle of this.#handles.values()) {
      if (handle.users > 0) continue;
      this.#close(handle);
      if (this.#handles.size < this.#maxOpen) return;
    }
  }

  #close(handle: Handle): void {
    this.#handles.delete(handle.key);
    closeSync(handle.fd);
  }
}

function open(path: string, mode: OpenMode): number {
  try {
    if (mode === 'read') return openSync(path, 'r');
    try {
      return openSync(path, 'r+');
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
      return openSync(path, 'wx+');
    }
  } catch (error) {
    throw fromSystemError(`cannot open ${path}`, error);
  }
}
