export const CHOKE_INTERVAL_MS = 10_000;
const OPTIMISTIC_INTERVAL_MS = 30_000;
const NEW_PEER_MS = 60_000;
/** A seeding slot lasts a minute or this many bytes, whichever is first, and never under one interval. */
const SEED_SLOT_MS = 60_000;
const SEED_SLOT_BYTES = 32 * 1024 * 1024;
export class Choker {
    #prng;
    #optimistic;
    #optimisticSince = Number.NEGATIVE_INFINITY;
    constructor(prng) {
        this.#prng = prng;
    }
    get optimistic() {
        return this.#optimistic;
    }
    /** The peers that should be unchoked now, at most `slots`. */
    decide(now, peers, slots, isSeeding) {
        const interested = peers.filter((peer) => peer.isInterested);
        if (interested.length <= slots)
            return new Set(interested.map((peer) => peer.id));
        return isSeeding
            ? this.#decideSeeding(now, interested, slots)
            : this.#decideTrading(now, interested, slots);
    }
    #decideTrading(now, interested, slots) {
        const ranked = interested.filter((peer) => !peer.isSnubbing && peer.downloadRate > 0);
        ranked.sort((a, b) => b.downloadRate - a.downloadRate);
        const chosen = new Set(ranked.slice(0, Math.max(0, slots - 1)).map((peer) => peer.id));
        const stays = interested.some((peer) => peer.id === this.#optimistic) && !chosen.has(this.#optimistic);
        if (!stays || now - this.#optimisticSince >= OPTIMISTIC_INTERVAL_MS) {
            this.#optimistic = this.#drawOptimistic(now, interested, chosen);
            this.#optimisticSince = now;
        }
        if (this.#optimistic !== undefined)
            chosen.add(this.#optimistic);
        for (const peer of longestWaiting(interested)) {
            if (chosen.size >= slots)
                break;
            chosen.add(peer.id);
        }
        return chosen;
    }
    #drawOptimistic(now, interested, chosen) {
        const tickets = [];
        for (const peer of interested) {
            if (chosen.has(peer.id) || peer.id === this.#optimistic)
                continue;
            const count = now - peer.connectedAt < NEW_PEER_MS ? 3 : 1;
            for (let i = 0; i < count; i++)
                tickets.push(peer.id);
        }
        return tickets.length === 0 ? this.#optimistic : tickets[this.#prng.below(tickets.length)];
    }
    #decideSeeding(now, interested, slots) {
        const keeps = (peer) => {
            if (!peer.isUnchoked || peer.unchokedAt === undefined)
                return false;
            const heldMs = now - peer.unchokedAt;
            if (heldMs < CHOKE_INTERVAL_MS)
                return true;
            return heldMs < SEED_SLOT_MS && peer.sentInSlot < SEED_SLOT_BYTES;
        };
        const chosen = new Set(interested
            .filter(keeps)
            .slice(0, slots)
            .map((peer) => peer.id));
        for (const peer of longestWaiting(interested)) {
            if (chosen.size >= slots)
                break;
            chosen.add(peer.id);
        }
        return chosen;
    }
}
function longestWaiting(peers) {
    const since = (peer) => peer.unchokedAt ?? Number.NEGATIVE_INFINITY;
    return [...peers].sort((a, b) => since(a) - since(b) || a.connectedAt - b.connectedAt);
}
