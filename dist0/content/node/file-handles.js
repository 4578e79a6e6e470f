/**
 * Open files, bounded in number: a share of 100,000 files must not need 100,000 descriptors. A handle in use is
 * never closed; of the idle ones the longest unused goes first.
 */
import { nodeDisk } from '../../ground/node/disk.js';
import { fromSystemError } from '../../ground/errors.js';
/** Well under the usual limit of 1,024 descriptors, which sockets share. */
const DEFAULT_MAX_OPEN = 256;
export class FileHandles {
    disk;
    #maxOpen;
    /** In order of last use. */
    #handles = new Map();
    #reserved = 0;
    #waiting = [];
    #opening = new Map();
    constructor(disk = nodeDisk, maxOpen = DEFAULT_MAX_OPEN) {
        this.disk = disk;
        this.#maxOpen = maxOpen;
    }
    /**
     * Room for so many files in use at once: a piece of a share of tiny files lies in hundreds, and two pieces that each
     * have half of theirs would wait for each other for ever. Every reservation needs an `unreserve`.
     */
    async reserve(count) {
        while (!this.tryReserve(count))
            await new Promise((resolve) => this.#waiting.push(resolve));
    }
    /** The same without waiting. */
    tryReserve(count) {
        if (this.#reserved > 0 && this.#reserved + count > this.#maxOpen)
            return false;
        this.#reserved += count;
        return true;
    }
    unreserve(count) {
        this.#reserved -= count;
        const waiting = this.#waiting.splice(0);
        for (const resolve of waiting)
            resolve();
    }
    /** What is open already; every handle that is not undefined needs a `release`. */
    tryAcquire(path, mode) {
        const key = `${mode}:${path}`;
        const handle = this.#handles.get(key);
        if (handle === undefined)
            return undefined;
        this.#handles.delete(key);
        this.#handles.set(key, handle);
        handle.users++;
        return handle;
    }
    /**
     * Opens or reuses; every call needs a `release`. `write` also reads; the file must exist.
     * @throws ShoalError
     */
    async acquire(path, mode) {
        for (;;) {
            const open = this.tryAcquire(path, mode);
            if (open !== undefined)
                return open;
            await this.#open(path, mode);
        }
    }
    #open(path, mode) {
        const key = `${mode}:${path}`;
        const opening = this.#opening.get(key);
        if (opening !== undefined)
            return opening;
        const promise = this.disk.open(path, mode).then((fd) => {
            this.#makeRoom();
            const handle = { key, fd, users: 0, isForgotten: false };
            this.#handles.set(key, handle);
            return handle;
        }, (error) => {
            throw fromSystemError(`cannot open ${path}`, error);
        });
        this.#opening.set(key, promise);
        const settle = () => void this.#opening.delete(key);
        promise.then(settle, settle);
        return promise;
    }
    release(handle) {
        handle.users--;
        if (handle.users === 0 && handle.isForgotten)
            this.disk.close(handle.fd);
    }
    /** The name will stand for another file, or none: the next `acquire` opens it afresh. */
    forget(path) {
        for (const mode of ['read', 'write']) {
            const handle = this.#handles.get(`${mode}:${path}`);
            if (handle === undefined)
                continue;
            this.#handles.delete(handle.key);
            handle.isForgotten = true;
            if (handle.users === 0)
                this.disk.close(handle.fd);
        }
    }
    closeAll() {
        for (const handle of this.#handles.values()) {
            handle.isForgotten = true;
            if (handle.users === 0)
                this.disk.close(handle.fd);
        }
        this.#handles.clear();
    }
    #makeRoom() {
        if (this.#handles.size < this.#maxOpen)
            return;
        for (const handle of this.#handles.values()) {
            if (handle.users > 0)
                continue;
            this.#handles.delete(handle.key);
            this.disk.close(handle.fd);
            if (this.#handles.size < this.#maxOpen)
                return;
        }
    }
}
