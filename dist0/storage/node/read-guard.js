import { Bitfield } from '../../ground/bitfield.js';
import { fromSystemError, ShoalError } from '../../ground/errors.js';
import { stalled, StallWatch } from './stall-watch.js';
import { verifyPieces } from './verify.js';
const LOOK_MS = 5000;
/** A disk that reports errors is not asked more often. */
const AGAIN_MS = 60_000;
/** Reads of one share that run at once: a disk that hangs must not take every thread of the process. */
const MAX_READS = 4;
export class ReadGuard {
    #options;
    #watch;
    #stall;
    /** The state in which each file was proved. */
    #proved = new Map();
    #suspects = new Map();
    #reads = 0;
    #waiting = [];
    #timer;
    #isLooking = false;
    #isClosed = false;
    constructor(options) {
        this.#options = options;
        this.#watch = new StallWatch(options.clock, {
            onStalled: (what) => {
                this.#stall = stalled(what);
                options.events.onStalled(this.#stall);
            },
            onMoving: () => {
                this.#stall = undefined;
                options.events.onMoving();
            },
        });
    }
    /** Files that are not served at present, and why. */
    get troubles() {
        const troubles = [...this.#suspects.values()].map(({ error }) => error);
        return this.#stall === undefined ? troubles : [this.#stall, ...troubles];
    }
    /** All of the file is proved, in that state. */
    expect(file, print) {
        this.#proved.set(file, print);
    }
    /** The files under a block, if they are open. */
    tryAcquire(piece, begin, length) {
        return this.#options.files.tryAcquire(piece, begin, length, 'read');
    }
    /** @throws ShoalError */
    acquire(piece, begin, length) {
        return this.#options.files.acquire(piece, begin, length, 'read');
    }
    /** Reads from a file of this share: some reads at once, the others wait. */
    async read(piece, fd, views, offset) {
        while (this.#reads >= MAX_READS)
            await new Promise((resolve) => this.#waiting.push(resolve));
        this.#reads++;
        const watched = this.#watch.begin(() => this.#pathUnder(piece));
        try {
            return await this.#options.files.disk.read(fd, views, offset);
        }
        finally {
            watched.end();
            this.#reads--;
            this.#waiting.shift()?.();
        }
    }
    /**
     * After a read: what was read is what was proved.
     * @throws ShoalError file-changed
     */
    async requireUnchanged(slices) {
        const { files } = this.#options;
        let last = -1;
        for (const { file, fd } of slices) {
            const proved = this.#proved.get(file);
            if (fd < 0 || file === last || proved === undefined)
                continue;
            last = file;
            const now = await files.disk.fstat(fd);
            if (now.size === proved.size && now.modifiedMs === proved.modifiedMs)
                continue;
            throw new FileTrouble(file, new ShoalError('file-changed', `${files.currentPath(file)} was changed: it is not offered as it is now`));
        }
    }
    /** A block could not be served. @param have pieces that are had */
    handleFailure(piece, cause, have) {
        if (this.#isClosed)
            return;
        const { files, events } = this.#options;
        const { geometry } = files;
        const file = cause instanceof FileTrouble ? cause.file : this.#fileUnder(piece);
        if (file === undefined)
            return;
        const path = files.currentPath(file);
        const error = cause instanceof FileTrouble ? cause.error : describe(path, cause);
        // What we made ourselves may be made again.
        if (!files.isFinished(file))
            return events.onPartFailed(file, piece, error);
        if (path !== undefined)
            files.handles.forget(path);
        // An error of the device is about this piece; a change is about all of them.
        const isWhole = error.code === 'file-changed' || error.code === 'not-found';
        const [first, last] = isWhole ? geometry.filePieces(file) : [piece, piece];
        const pieces = this.#suspects.get(file)?.pieces ?? new Bitfield(geometry.pieceCount);
        const lost = [];
        for (let at = first; at <= last; at++) {
            if (!have.has(at))
                continue;
            pieces.add(at);
            lost.push(at);
        }
        const againAt = this.#options.clock.now() + (error.code === 'io-error' ? AGAIN_MS : 0);
        this.#suspects.set(file, { error, pieces, seen: undefined, hashed: undefined, againAt });
        if (lost.length > 0)
            events.onUnreadable(lost, error);
        this.#arm();
    }
    /** Looks at the suspects now. */
    retry() {
        for (const suspect of this.#suspects.values())
            suspect.againAt = 0;
        void this.#look();
    }
    close() {
        this.#isClosed = true;
        this.#timer?.cancel();
        this.#watch.close();
    }
    #pathUnder(piece) {
        const file = this.#fileUnder(piece);
        return (file === undefined ? undefined : this.#options.files.currentPath(file)) ?? `piece ${piece}`;
    }
    #fileUnder(piece) {
        const { files } = this.#options;
        const slices = files.geometry.slices(piece, 0, files.geometry.pieceLength(piece));
        return slices.find(({ file }) => files.currentPath(file) !== undefined)?.file;
    }
    #arm() {
        if (this.#isClosed || this.#suspects.size === 0)
            return;
        this.#timer ??= this.#options.clock.after(LOOK_MS, () => {
            this.#timer = undefined;
            void this.#look();
        });
    }
    async #look() {
        if (this.#isLooking || this.#isClosed)
            return;
        this.#isLooking = true;
        try {
            for (const [file, suspect] of [...this.#suspects])
                await this.#lookAt(file, suspect);
        }
        finally {
            this.#isLooking = false;
            this.#arm();
        }
    }
    /** Hashes a file that came back, or that rests after a change. */
    async #lookAt(file, suspect) {
        const { files, metainfo, prover, group, clock, events } = this.#options;
        const info = await files.look(file);
        if (this.#isClosed)
            return;
        const now = info === undefined ? undefined : { size: info.size, modifiedMs: info.modifiedMs };
        const proved = this.#proved.get(file);
        const rests = isSame(now, suspect.seen) || isSame(now, proved);
        suspect.seen = now;
        if (now === undefined || !rests || clock.now() < suspect.againAt)
            return;
        if (isSame(now, suspect.hashed))
            return;
        const path = files.currentPath(file);
        files.handles.forget(path);
        const good = await verifyPieces({ metainfo, files, prover, group, pieces: suspect.pieces }).catch(() => undefined);
        const after = await files.look(file);
        if (this.#isClosed || good === undefined || after === undefined)
            return;
        if (!isSame(now, { size: after.size, modifiedMs: after.modifiedMs }))
            return;
        suspect.hashed = suspect.error.code === 'io-error' ? undefined : now;
        suspect.againAt = clock.now() + AGAIN_MS;
        if (proved !== undefined)
            this.#proved.set(file, now);
        const found = [];
        for (let piece = 0; piece < good.length; piece++) {
            if (!good.has(piece))
                continue;
            found.push(piece);
            suspect.pieces.delete(piece);
        }
        if (suspect.pieces.isEmpty)
            this.#suspects.delete(file);
        if (found.length > 0)
            events.onReadable(found, path);
    }
}
class FileTrouble extends Error {
    file;
    error;
    constructor(file, error) {
        super(error.message);
        this.file = file;
        this.error = error;
    }
}
function describe(path, cause) {
    if (cause.code === 'SHORT')
        return new ShoalError('file-changed', `${path} is shorter than it was: it is not offered as it is now`);
    return fromSystemError(`cannot read ${path}`, cause);
}
function isSame(a, b) {
    return a !== undefined && b !== undefined && a.size === b.size && a.modifiedMs === b.modifiedMs;
}
