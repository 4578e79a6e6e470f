export class Bitfield {
    length;
    bytes;
    #count = 0;
    constructor(length) {
        this.length = length;
        this.bytes = new Uint8Array(Math.ceil(length / 8));
    }
    /** Undefined when the byte length is wrong or a spare bit is set (BEP 3: such a peer should be dropped). */
    static fromBytes(bytes, length) {
        if (bytes.length !== Math.ceil(length / 8))
            return undefined;
        const spare = bytes.length * 8 - length;
        if (spare > 0 && (bytes[bytes.length - 1] & ((1 << spare) - 1)) !== 0)
            return undefined;
        const field = new Bitfield(length);
        field.bytes.set(bytes);
        field.#recount();
        return field;
    }
    get count() {
        return this.#count;
    }
    get isFull() {
        return this.#count === this.length;
    }
    get isEmpty() {
        return this.#count === 0;
    }
    has(index) {
        return (this.bytes[index >>> 3] & (0x80 >>> (index & 7))) !== 0;
    }
    /** True when the bit was not set before. */
    add(index) {
        const mask = 0x80 >>> (index & 7);
        if ((this.bytes[index >>> 3] & mask) !== 0)
            return false;
        this.bytes[index >>> 3] |= mask;
        this.#count++;
        return true;
    }
    /** True when the bit was set before. */
    delete(index) {
        const mask = 0x80 >>> (index & 7);
        if ((this.bytes[index >>> 3] & mask) === 0)
            return false;
        this.bytes[index >>> 3] &= ~mask;
        this.#count--;
        return true;
    }
    fillAll() {
        this.bytes.fill(0xff);
        const spare = this.bytes.length * 8 - this.length;
        if (spare > 0)
            this.bytes[this.bytes.length - 1] = (0xff << spare) & 0xff;
        this.#count = this.length;
    }
    clone() {
        const copy = new Bitfield(this.length);
        copy.bytes.set(this.bytes);
        copy.#count = this.#count;
        return copy;
    }
    #recount() {
        let count = 0;
        for (let byte of this.bytes) {
            while (byte !== 0) {
                byte &= byte - 1;
                count++;
            }
        }
        this.#count = count;
    }
}
