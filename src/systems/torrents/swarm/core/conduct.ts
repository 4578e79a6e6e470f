/**
 * What a peer costs without giving anything. Each message that says nothing new, and each service beyond what honest
 * clients need, is charged to an account that fills up again with time; who overdraws it goes, and its address with it.
 * Honest clients stay far below: an account holds what a busy peer might say in vain in minutes.
 */
import type { Instant } from '../../../../ground/units.ts';
import type { Blame } from './sink.ts';

/** Messages that say nothing: so many at once, and so many a second for ever. */
const IDLE_TALK = { burst: 2000, perSecond: 20 };
/** Hash requests in units of 512 hashes (a usual request is one), and pieces read for leaves in mebibytes. */
const HASH_WORK = { burst: 4096, perSecond: 256 };

class Account {
  readonly #burst: number;
  readonly #perSecond: number;
  #balance: number;
  #at: Instant | undefined;

  constructor({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#balance = burst;
  }

  /** False when there is not enough in it. */
  charge(now: Instant, cost: number): boolean {
    const elapsed = this.#at === undefined ? 0 : now - this.#at;
    this.#at = now;
    this.#balance = Math.min(this.#burst, this.#balance + (elapsed * this.#perSecond) / 1000) - cost;
    return this.#balance >= 0;
  }
}

export class Conduct {
  #idleTalk: Account | undefined;
  #hashWork: Account | undefined;

  /** A message that changed nothing. Returns the reason to close, if it was one too many. */
  blameIdleTalk(now: Instant, what: string, cost = 1): Blame | undefined {
    this.#idleTalk ??= new Account(IDLE_TALK);
    if (this.#idleTalk.charge(now, cost)) return undefined;
    const message = `it floods us with messages that say nothing (${what})`;
    return { code: 'peer-idle-talk', message, guilty: 'them', ban: true };
  }

  /** Hashes for a peer. @param units of 512 hashes; false: not now */
  chargeHashes(now: Instant, units: number): boolean {
    this.#hashWork ??= new Account(HASH_WORK);
    return this.#hashWork.charge(now, units);
  }
}
