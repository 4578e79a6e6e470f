import { BLOCK_LENGTH } from '../../ground/units.js';
const ARENA_BYTES = 4 * 1024 * 1024;
export class PieceMemory {
    #pool;
    #slotLength;
    #free = [];
    #arenas = [];
    #used = new Map();
    constructor(pool, pieceLength) {
        this.#pool = pool;
        this.#slotLength = Math.ceil(pieceLength / BLOCK_LENGTH) * BLOCK_LENGTH;
    }
    store(piece, begin, block) {
        this.slot(piece).bytes.set(block, begin);
    }
    slot(piece) {
        let slot = this.#used.get(piece);
        if (slot === undefined) {
            if (this.#free.length === 0)
                this.#addArena();
            slot = this.#free.pop();
            this.#used.set(piece, slot);
        }
        return slot;
    }
    release(piece) {
        const slot = this.#used.get(piece);
        if (slot === undefined)
            return;
        this.#used.delete(piece);
        this.#free.push(slot);
    }
    /** Gives all memory back. */
    close() {
        for (const arena of this.#arenas)
            this.#pool.dropArena(arena);
        this.#arenas.length = 0;
        this.#free.length = 0;
        this.#used.clear();
    }
    #addArena() {
        const slots = Math.max(1, Math.floor(ARENA_BYTES / this.#slotLength));
        const { id, bytes } = this.#pool.createArena(slots * this.#slotLength);
        this.#arenas.push(id);
        for (let i = 0; i < slots; i++) {
            const offset = i * this.#slotLength;
            this.#free.push({ arena: id, offset, bytes: bytes.subarray(offset, offset + this.#slotLength) });
        }
    }
}
