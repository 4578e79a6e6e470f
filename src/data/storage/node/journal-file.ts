/**
 * A share's journal on disk. Two files take turns, so that the one that the saved record names is never touched while
 * the next is made: a crash at any moment leaves the record with its own journal.
 */
import { dirname } from 'node:path';
import type { Disk } from '../../../ground/node/disk.ts';
import {
  decodeJournal,
  encodeJournalEntries,
  encodeJournalHeader,
  JOURNAL_HEADER_LENGTH,
} from '../journal.ts';
import { OWNER_FILE } from '../../../ground/node/private-folder.ts';

/** Far more than a share writes between two saves. */
const MAX_JOURNAL_BYTES = 16 * 1024 * 1024;

export interface JournalContent {
  readonly pieces: readonly number[];
  /** When the last piece was noted. */
  readonly modifiedMs: number;
}

export class JournalFile {
  readonly #disk: Disk;
  readonly #basePath: string;
  #fd: number | undefined;
  #epoch = 0;
  #length = 0;

  constructor(disk: Disk, basePath: string) {
    this.#disk = disk;
    this.#basePath = basePath;
  }

  /** The notes of that epoch; undefined when the journal is missing, or of another epoch. */
  static async read(disk: Disk, basePath: string, epoch: number): Promise<JournalContent | undefined> {
    let fd: number | undefined;
    try {
      fd = await disk.open(pathOf(basePath, epoch), 'read');
      const info = await disk.fstat(fd);
      const bytes = new Uint8Array(Math.min(info.size, MAX_JOURNAL_BYTES));
      const got = await disk.read(fd, [bytes], 0);
      const pieces = decodeJournal(bytes.subarray(0, got), epoch);
      return pieces === undefined ? undefined : { pieces, modifiedMs: info.modifiedMs };
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) disk.close(fd);
    }
  }

  /** Begins the journal of an epoch, in the file that the one before does not use. */
  async start(epoch: number, pieces: readonly number[]): Promise<void> {
    await this.#disk.makeFolder(dirname(this.#basePath));
    const path = pathOf(this.#basePath, epoch);
    const fd = await this.#disk.open(path, 'create');
    try {
      await this.#disk.chmod(path, OWNER_FILE);
      await this.#disk.truncate(fd, 0);
      await this.#disk.write(fd, encodeJournalHeader(epoch), 0);
      if (pieces.length > 0)
        await this.#disk.write(fd, encodeJournalEntries(epoch, pieces), JOURNAL_HEADER_LENGTH);
    } catch (error) {
      this.#disk.close(fd);
      throw error;
    }
    this.close();
    this.#fd = fd;
    this.#epoch = epoch;
    this.#length = JOURNAL_HEADER_LENGTH + 8 * pieces.length;
  }

  /** The state folder is local, or the database beside this file would be slow as well. */
  append(pieces: readonly number[]): void {
    const bytes = encodeJournalEntries(this.#epoch, pieces);
    this.#disk.writeNow(this.#fd!, bytes, this.#length);
    this.#length += bytes.length;
  }

  close(): void {
    if (this.#fd !== undefined) this.#disk.close(this.#fd);
    this.#fd = undefined;
  }

  /** Nothing is being written any more: the record says it all. */
  async remove(): Promise<void> {
    this.close();
    await this.#disk.remove(pathOf(this.#basePath, 0));
    await this.#disk.remove(pathOf(this.#basePath, 1));
  }
}

function pathOf(basePath: string, epoch: number): string {
  return `${basePath}.${epoch % 2}`;
}
