import { shuffle } from '../../ground/prng.js';
export const PRIORITY_NORMAL = 4;
export const PRIORITY_MAX = 7;
/** Availabilities from here up count as equally common. */
const AVAILABILITY_LEVELS = 256;
export class RarityIndex {
    #prng;
    /** Peers that have a piece, seeds not counted. */
    #availability;
    #priority;
    #started;
    #seeds = 0;
    #buckets = Array.from({ length: (PRIORITY_MAX + 1) * AVAILABILITY_LEVELS }, () => []);
    /** Where a piece stands in its bucket; -1 when in none. */
    #position;
    #bucketOf;
    #pickable = 0;
    /** After a bulk change the buckets are rebuilt at the next question. */
    #isStale = true;
    constructor(pieceCount, prng) {
        this.#prng = prng;
        this.#availability = new Uint16Array(pieceCount);
        this.#priority = new Uint8Array(pieceCount).fill(PRIORITY_NORMAL);
        this.#started = new Uint8Array(pieceCount);
        this.#position = new Int32Array(pieceCount).fill(-1);
        this.#bucketOf = new Int32Array(pieceCount).fill(-1);
    }
    priority(piece) {
        return this.#priority[piece];
    }
    /** Peers that have the piece. */
    availability(piece) {
        return this.#availability[piece] + this.#seeds;
    }
    addSeed() {
        this.#seeds++;
    }
    removeSeed() {
        this.#seeds--;
    }
    addOne(piece) {
        this.#availability[piece]++;
        this.#refile(piece);
    }
    removeOne(piece) {
        this.#availability[piece]--;
        this.#refile(piece);
    }
    addAll(bits) {
        this.#bulk(bits, 1);
    }
    removeAll(bits) {
        this.#bulk(bits, -1);
    }
    setPriority(piece, priority) {
        this.#priority[piece] = priority;
        this.#refile(piece);
    }
    setStarted(piece, isStarted) {
        this.#started[piece] = isStarted ? 1 : 0;
        this.#refile(piece);
    }
    isPickable(piece) {
        return this.#started[piece] === 0 && this.#priority[piece] > 0;
    }
    /** May any piece be started that somebody has? */
    hasPickable() {
        this.#rebuildIfStale();
        if (this.#pickable === 0 || this.#seeds > 0)
            return this.#pickable > 0;
        for (let key = 0; key < this.#buckets.length; key++) {
            if (key % AVAILABILITY_LEVELS !== 0 && this.#buckets[key].length > 0)
                return true;
        }
        return false;
    }
    /** May a piece be started that seeds alone have? */
    hasSeedOnly() {
        this.#rebuildIfStale();
        if (this.#seeds === 0)
            return false;
        for (let key = 0; key < this.#buckets.length; key += AVAILABILITY_LEVELS) {
            if (this.#buckets[key].length > 0)
                return true;
        }
        return false;
    }
    /** Has any peer the piece that is no seed? */
    isSpread(piece) {
        return this.#availability[piece] > 0;
    }
    /** The first pickable piece, by priority, then rarity, then chance, that `fits`. */
    findRarest(fits) {
        this.#rebuildIfStale();
        if (this.#pickable === 0)
            return undefined;
        for (const bucket of this.#buckets) {
            for (let i = bucket.length - 1; i >= 0; i--)
                if (fits(bucket[i]))
                    return bucket[i];
        }
        return undefined;
    }
    #bulk(bits, step) {
        for (let piece = 0; piece < bits.length; piece++)
            if (bits.has(piece))
                this.#availability[piece] += step;
        this.#isStale = true;
    }
    #key(piece) {
        const level = Math.min(this.#availability[piece], AVAILABILITY_LEVELS - 1);
        return (PRIORITY_MAX - this.#priority[piece]) * AVAILABILITY_LEVELS + level;
    }
    #refile(piece) {
        if (this.#isStale)
            return;
        this.#unfile(piece);
        if (this.isPickable(piece))
            this.#file(piece);
    }
    #file(piece) {
        const key = this.#key(piece);
        const bucket = this.#buckets[key];
        const at = this.#prng.below(bucket.length + 1);
        if (at < bucket.length) {
            const displaced = bucket[at];
            this.#position[displaced] = bucket.length;
            bucket.push(displaced);
            bucket[at] = piece;
        }
        else
            bucket.push(piece);
        this.#position[piece] = at;
        this.#bucketOf[piece] = key;
        this.#pickable++;
    }
    #unfile(piece) {
        const key = this.#bucketOf[piece];
        if (key < 0)
            return;
        const bucket = this.#buckets[key];
        const last = bucket.pop();
        if (last !== piece) {
            bucket[this.#position[piece]] = last;
            this.#position[last] = this.#position[piece];
        }
        this.#bucketOf[piece] = -1;
        this.#position[piece] = -1;
        this.#pickable--;
    }
    #rebuildIfStale() {
        if (!this.#isStale)
            return;
        this.#isStale = false;
        this.#pickable = 0;
        for (const bucket of this.#buckets)
            bucket.length = 0;
        this.#bucketOf.fill(-1);
        for (let piece = 0; piece < this.#availability.length; piece++) {
            if (!this.isPickable(piece))
                continue;
            this.#buckets[this.#key(piece)].push(piece);
            this.#pickable++;
        }
        for (const [key, bucket] of this.#buckets.entries()) {
            shuffle(bucket, this.#prng);
            for (const [at, piece] of bucket.entries()) {
                this.#position[piece] = at;
                this.#bucketOf[piece] = key;
            }
        }
    }
}
