/** Messages that say nothing: so many at once, and so many a second for ever. */
const IDLE_TALK = { burst: 2000, perSecond: 20 };
/** Hash requests in units of 512 hashes (a usual request is one), and pieces read for leaves in mebibytes. */
const HASH_WORK = { burst: 4096, perSecond: 256 };
class Account {
    #burst;
    #perSecond;
    #balance;
    #at;
    constructor({ burst, perSecond }) {
        this.#burst = burst;
        this.#perSecond = perSecond;
        this.#balance = burst;
    }
    /** False when there is not enough in it. */
    charge(now, cost) {
        const elapsed = this.#at === undefined ? 0 : now - this.#at;
        this.#at = now;
        this.#balance = Math.min(this.#burst, this.#balance + (elapsed * this.#perSecond) / 1000) - cost;
        return this.#balance >= 0;
    }
}
export class Conduct {
    #idleTalk = new Account(IDLE_TALK);
    #hashWork = new Account(HASH_WORK);
    /** A message that changed nothing. Returns the reason to close, if it was one too many. */
    blameIdleTalk(now, what, cost = 1) {
        if (this.#idleTalk.charge(now, cost))
            return undefined;
        const message = `it floods us with messages that say nothing (${what})`;
        return { code: 'peer-idle-talk', message, guilty: 'them', ban: true };
    }
    /** Hashes for a peer. @param units of 512 hashes; false: not now */
    chargeHashes(now, units) {
        return this.#hashWork.charge(now, units);
    }
}
