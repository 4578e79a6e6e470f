/**
 * A share's journal on disk. Two files take turns, so that the one that the saved record names is never touched while
 * the next is made: a crash at any moment leaves the record with its own journal.
 */
import { dirname } from 'node:path';
import { decodeJournal, encodeJournalEntries, encodeJournalHeader, JOURNAL_HEADER_LENGTH, } from '../journal.js';
/** Far more than a share writes between two saves. */
const MAX_JOURNAL_BYTES = 16 * 1024 * 1024;
export class JournalFile {
    #disk;
    #basePath;
    #fd;
    #epoch = 0;
    #length = 0;
    constructor(disk, basePath) {
        this.#disk = disk;
        this.#basePath = basePath;
    }
    /** What was noted in that epoch; undefined when the journal is missing or another's. */
    static async read(disk, basePath, epoch) {
        let fd;
        try {
            fd = await disk.open(pathOf(basePath, epoch), 'read');
            const info = await disk.fstat(fd);
            const bytes = new Uint8Array(Math.min(info.size, MAX_JOURNAL_BYTES));
            const got = await disk.read(fd, [bytes], 0);
            const pieces = decodeJournal(bytes.subarray(0, got), epoch);
            return pieces === undefined ? undefined : { pieces, modifiedMs: info.modifiedMs };
        }
        catch {
            return undefined;
        }
        finally {
            if (fd !== undefined)
                disk.close(fd);
        }
    }
    /** Begins the journal of an epoch, in the file that the one before does not use. */
    async start(epoch, pieces) {
        await this.#disk.makeFolder(dirname(this.#basePath));
        const fd = await this.#disk.open(pathOf(this.#basePath, epoch), 'create');
        try {
            await this.#disk.truncate(fd, 0);
            await this.#disk.write(fd, encodeJournalHeader(epoch), 0);
            if (pieces.length > 0)
                await this.#disk.write(fd, encodeJournalEntries(epoch, pieces), JOURNAL_HEADER_LENGTH);
        }
        catch (error) {
            this.#disk.close(fd);
            throw error;
        }
        this.close();
        this.#fd = fd;
        this.#epoch = epoch;
        this.#length = JOURNAL_HEADER_LENGTH + 8 * pieces.length;
    }
    /** The state folder is local, or the database beside this file would be slow as well. */
    append(pieces) {
        const bytes = encodeJournalEntries(this.#epoch, pieces);
        this.#disk.writeNow(this.#fd, bytes, this.#length);
        this.#length += bytes.length;
    }
    close() {
        if (this.#fd !== undefined)
            this.#disk.close(this.#fd);
        this.#fd = undefined;
    }
    /** Nothing is being written any more: the record says it all. */
    async remove() {
        this.close();
        await this.#disk.remove(pathOf(this.#basePath, 0));
        await this.#disk.remove(pathOf(this.#basePath, 1));
    }
}
function pathOf(basePath, epoch) {
    return `${basePath}.${epoch % 2}`;
}
