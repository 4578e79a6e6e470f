/**
 * Sends blocks over one link. Requested blocks wait here until a batch of them is read, straight from the files into
 * their places in a frame buffer whose message headers are written already, and leaves in one write: no block is
 * copied on its way. The kernel's page cache is the only cache.
 */
import { BLOCK_LENGTH } from '../../ground/units.js';
import { PIECE_HEADER_LENGTH, writePieceHeader } from '../wire/messages.js';
const BATCH_BLOCKS = 16;
const FRAME_BUFFER_LENGTH = BATCH_BLOCKS * (BLOCK_LENGTH + PIECE_HEADER_LENGTH);
/** One batch is read while another is written. */
const BATCHES_AHEAD = 2;
/** Frame buffers kept for reuse: 8 MiB. */
const MAX_KEPT = 32;
const kept = [];
export class BlockSender {
    #link;
    #guard;
    #events;
    #queue = [];
    #batches = 0;
    #isReading = false;
    #isClosed = false;
    constructor(link, guard, events) {
        this.#link = link;
        this.#guard = guard;
        this.#events = events;
    }
    add(piece, begin, length) {
        this.#queue.push({ piece, begin, length });
    }
    close() {
        this.#isClosed = true;
        this.#queue.length = 0;
    }
    /** Starts reading if there is something to read and room for it. */
    kick() {
        if (this.#isClosed || this.#isReading || this.#queue.length === 0 || this.#batches >= BATCHES_AHEAD)
            return;
        const batch = this.#queue.splice(0, BATCH_BLOCKS);
        const buffer = kept.pop() ?? new Uint8Array(FRAME_BUFFER_LENGTH);
        this.#batches++;
        this.#isReading = true;
        this.#read(batch, buffer).then((frameLength) => {
            if (batch.every(({ piece }) => this.#events.isHad(piece)))
                this.#send(batch, buffer, frameLength);
            else
                this.#giveUp(buffer, () => this.#events.onLost(batch));
        }, (error) => {
            const { piece, cause } = error instanceof BlockFailure ? error : { piece: batch[0].piece, cause: error };
            this.#giveUp(buffer, () => this.#events.onReadFailed(batch, piece, cause));
        });
    }
    #giveUp(buffer, tell) {
        this.#isReading = false;
        this.#batches--;
        if (kept.length < MAX_KEPT)
            kept.push(buffer);
        if (this.#isClosed)
            return;
        tell();
        this.kick();
    }
    #send(batch, buffer, frameLength) {
        this.#isReading = false;
        const bytes = batch.reduce((sum, block) => sum + block.length, 0);
        this.#link.write(buffer.subarray(0, frameLength), () => {
            this.#batches--;
            if (kept.length < MAX_KEPT)
                kept.push(buffer);
            this.#events.onSent(bytes);
            this.kick();
        });
        this.kick();
    }
    /** Fills the frame buffer; consecutive blocks of a file take one system call. */
    async #read(batch, buffer) {
        const runs = [];
        const held = [];
        let at = 0;
        try {
            for (const { piece, begin, length } of batch) {
                let acquired = this.#guard.tryAcquire(piece, begin, length);
                if (acquired === undefined) {
                    // Never wait for files while holding others: the sum of all who do might be more than may be open.
                    await this.#readRuns(runs, held);
                    acquired = await blaming(piece, this.#guard.acquire(piece, begin, length));
                }
                held.push(acquired);
                writePieceHeader(buffer, at, piece, begin, length);
                at += PIECE_HEADER_LENGTH;
                let filled = at;
                for (const slice of acquired.slices) {
                    const view = buffer.subarray(filled, filled + slice.length);
                    addToRuns(runs, piece, slice.fd, slice.fileOffset, view);
                    filled += slice.length;
                }
                at += length;
                // What lies past the data is a hybrid's pad (BEP 47): zeros that no file holds.
                buffer.fill(0, filled, at);
            }
            await this.#readRuns(runs, held);
            return at;
        }
        finally {
            for (const acquired of held)
                acquired.release();
        }
    }
    /** Reads, sees that what was read is what was proved, and lets go of the files. */
    async #readRuns(runs, held) {
        if (held.length === 0)
            return;
        await Promise.all(runs.map((run) => blaming(run.piece, this.#readRun(run))));
        const slices = held.flatMap((acquired) => acquired.slices);
        await blaming(runs[0]?.piece ?? 0, this.#guard.requireUnchanged(slices));
        for (const acquired of held.splice(0))
            acquired.release();
        runs.length = 0;
    }
    async #readRun(run) {
        let { views, fileOffset } = run;
        for (let left = run.length; left > 0;) {
            const got = await this.#guard.read(run.piece, run.fd, views, fileOffset);
            if (got === 0)
                throw Object.assign(new Error('the file is shorter than it should be'), { code: 'SHORT' });
            left -= got;
            fileOffset += got;
            if (left > 0)
                views = skip(views, got);
        }
    }
}
/** Which piece a failure is about. */
class BlockFailure extends Error {
    piece;
    constructor(piece, cause) {
        super('a block could not be read', { cause });
        this.piece = piece;
    }
}
async function blaming(piece, promise) {
    try {
        return await promise;
    }
    catch (error) {
        throw new BlockFailure(piece, error);
    }
}
function addToRuns(runs, piece, fd, fileOffset, view) {
    const last = runs[runs.length - 1];
    if (fd < 0)
        view.fill(0);
    else if (last !== undefined && last.fd === fd && last.fileOffset + last.length === fileOffset) {
        last.views.push(view);
        last.length += view.length;
    }
    else
        runs.push({ piece, fd, fileOffset, length: view.length, views: [view] });
}
/** The views without their first `count` bytes. */
function skip(views, count) {
    const rest = [];
    let left = count;
    for (const view of views) {
        if (left >= view.length)
            left -= view.length;
        else {
            rest.push(view.subarray(left));
            left = 0;
        }
    }
    return rest;
}
