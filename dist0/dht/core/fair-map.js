const DRAWS = 8;
export class FairMap {
    #capacity;
    #prng;
    #onEvicted;
    #entries = new Map();
    #list = [];
    #held = new Map();
    constructor(capacity, prng, onEvicted = () => { }) {
        this.#capacity = capacity;
        this.#prng = prng;
        this.#onEvicted = onEvicted;
    }
    get size() {
        return this.#list.length;
    }
    get(key) {
        return this.#entries.get(key)?.value;
    }
    keys() {
        return this.#entries.keys();
    }
    values() {
        return this.#list.map((entry) => entry.value);
    }
    /** An entry drawn at random. */
    draw() {
        const entry = this.#list[this.#prng.below(Math.max(1, this.#list.length))];
        return entry === undefined ? undefined : [entry.key, entry.value];
    }
    /** @param source who brought it: a network, as a number */
    set(key, value, source) {
        const known = this.#entries.get(key);
        if (known !== undefined) {
            known.value = value;
            return;
        }
        if (this.#list.length >= this.#capacity)
            this.#evict(source);
        const entry = { key, source, value, at: this.#list.length };
        this.#entries.set(key, entry);
        this.#list.push(entry);
        this.#held.set(source, (this.#held.get(source) ?? 0) + 1);
    }
    delete(key) {
        const entry = this.#entries.get(key);
        if (entry !== undefined)
            this.#remove(entry);
    }
    #evict(newcomer) {
        let victim = this.#list[this.#prng.below(this.#list.length)];
        let most = this.#weight(victim, newcomer);
        for (let i = 1; i < DRAWS; i++) {
            const other = this.#list[this.#prng.below(this.#list.length)];
            const weight = this.#weight(other, newcomer);
            if (weight > most)
                [victim, most] = [other, weight];
        }
        this.#remove(victim);
        this.#onEvicted(victim.key, victim.value);
    }
    /** What the newcomer adds counts to what its source holds. */
    #weight(entry, newcomer) {
        return this.#held.get(entry.source) + (entry.source === newcomer ? 1 : 0);
    }
    #remove(entry) {
        this.#entries.delete(entry.key);
        const last = this.#list.pop();
        if (last !== entry) {
            this.#list[entry.at] = last;
            last.at = entry.at;
        }
        const held = this.#held.get(entry.source) - 1;
        if (held === 0)
            this.#held.delete(entry.source);
        else
            this.#held.set(entry.source, held);
    }
}
