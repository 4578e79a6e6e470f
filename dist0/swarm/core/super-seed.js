export class SuperSeed {
    #share;
    #reveal;
    #revealed = new Map();
    /** The pieces that a peer was shown last and that nobody else has shown since. */
    #unproved = new Map();
    /** How often each piece was shown. */
    #shown;
    /** @param reveal sends HAVE for the piece */
    constructor(share, reveal) {
        this.#share = share;
        this.#reveal = reveal;
        this.#shown = new Uint16Array(share.geometry.pieceCount);
    }
    mayServe(peer, piece) {
        return this.#revealed.get(peer.id)?.has(piece) === true;
    }
    handleOpened(peer) {
        this.#revealed.set(peer.id, new Set());
        this.#unproved.set(peer.id, new Set());
        this.#showNext(peer);
    }
    handleClosed(peer) {
        this.#revealed.delete(peer.id);
        this.#unproved.delete(peer.id);
    }
    /** `peer` has `piece`: whoever was shown it before has passed it on. */
    handleHave(peer, piece, peers) {
        for (const [id, pieces] of this.#unproved) {
            const isOwn = id === peer.id;
            // A lone peer has nobody to pass pieces on to.
            if ((isOwn && this.#unproved.size > 1) || !pieces.delete(piece))
                continue;
            const giver = peers.get(id);
            if (giver !== undefined)
                this.#showNext(giver);
        }
        if (this.#unproved.get(peer.id)?.size === 0)
            this.#showNext(peer);
    }
    #showNext(peer) {
        const revealed = this.#revealed.get(peer.id);
        const { rarity } = this.#share.picker;
        let best;
        let bestScore = Number.POSITIVE_INFINITY;
        for (let piece = 0; piece < this.#shown.length; piece++) {
            if (peer.have.has(piece) || revealed.has(piece))
                continue;
            const score = rarity.availability(piece) * 4 + this.#shown[piece];
            if (score < bestScore)
                [best, bestScore] = [piece, score];
            if (score === 0)
                break;
        }
        if (best === undefined)
            return;
        this.#shown[best]++;
        revealed.add(best);
        this.#unproved.get(peer.id).add(best);
        this.#reveal(peer, best);
    }
}
