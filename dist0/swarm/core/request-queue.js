/** Blocks a piece, at most: 2^29 bytes of piece length. Makes one number of a piece and a block. */
const BLOCKS_PER_PIECE = 32_768;
/** Compact when this many slots in front are dead. */
const COMPACT_AT = 1024;
export class RequestQueue {
    #pieces = [];
    #blocks = [];
    #sentAt = [];
    #head = 0;
    /** What is asked for: most questions are answered without looking through the queue. */
    #asked = new Set();
    get length() {
        return this.#pieces.length - this.#head;
    }
    add(piece, block, now) {
        this.#asked.add(piece * BLOCKS_PER_PIECE + block);
        this.#pieces.push(piece);
        this.#blocks.push(block);
        this.#sentAt.push(now);
    }
    has(piece, block) {
        return this.#asked.has(piece * BLOCKS_PER_PIECE + block);
    }
    /** When the request was sent, or undefined when there was none. */
    remove(piece, block) {
        if (!this.#asked.delete(piece * BLOCKS_PER_PIECE + block))
            return undefined;
        const at = this.#find(piece, block);
        const sentAt = this.#sentAt[at];
        if (at === this.#head)
            this.#dropHead();
        else {
            this.#pieces.splice(at, 1);
            this.#blocks.splice(at, 1);
            this.#sentAt.splice(at, 1);
        }
        return sentAt;
    }
    oldestSentAt() {
        return this.length === 0 ? undefined : this.#sentAt[this.#head];
    }
    /** Empties the queue, calling back for each. */
    drain(visit) {
        const [pieces, blocks, from] = [this.#pieces, this.#blocks, this.#head];
        this.#asked.clear();
        this.#pieces = [];
        this.#blocks = [];
        this.#sentAt = [];
        this.#head = 0;
        for (let i = from; i < pieces.length; i++)
            visit(pieces[i], blocks[i]);
    }
    #find(piece, block) {
        for (let i = this.#head; i < this.#pieces.length; i++) {
            if (this.#pieces[i] === piece && this.#blocks[i] === block)
                return i;
        }
        return -1;
    }
    #dropHead() {
        this.#head++;
        if (this.#head === this.#pieces.length) {
            this.#pieces.length = 0;
            this.#blocks.length = 0;
            this.#sentAt.length = 0;
            this.#head = 0;
        }
        else if (this.#head >= COMPACT_AT) {
            this.#pieces.splice(0, this.#head);
            this.#blocks.splice(0, this.#head);
            this.#sentAt.splice(0, this.#head);
            this.#head = 0;
        }
    }
}
