export function createPrng(seed) {
    let state = seed >>> 0;
    const splitmix = () => {
        state = (state + 0x9e3779b9) >>> 0;
        let z = state;
        z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
        z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
        return (z ^ (z >>> 15)) >>> 0;
    };
    let a = splitmix();
    let b = splitmix();
    let c = splitmix();
    let d = splitmix();
    const next = () => {
        const product = Math.imul(b, 5);
        const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
        const t = b << 9;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= t;
        d = (d << 11) | (d >>> 21);
        return result;
    };
    return {
        below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound),
        fraction: () => next() / 0x1_0000_0000,
        fill: (out) => {
            for (let i = 0; i < out.length; i++)
                out[i] = next() >>> 24;
            return out;
        },
    };
}
/** Fisher-Yates, in place. */
export function shuffle(items, prng) {
    for (let i = items.length - 1; i > 0; i--) {
        const j = prng.below(i + 1);
        const swapped = items[i];
        items[i] = items[j];
        items[j] = swapped;
    }
    return items;
}
