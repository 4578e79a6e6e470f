/**
 * Following a share that changes (BEP 46), as a machine: when the newest version is looked for, which one is fetched, when a
 * fetch is given up for a newer one, and when the signed item is put again so that it lives on without its publisher.
 *
 *   waiting → looking → waiting            nothing new
 *                └─→ fetching → showing → waiting
 *                        └─→ waiting       a newer version is out: looks for it at once
 *
 * Invariant: an older version never replaces a newer one. `stopped` ends every state.
 *
 * The calling contract: each `handle…` is one change, which calls the sink; afterwards the driver arms one timer for
 * `nextTimeout()`.
 */

/** A signed item of the DHT, as far as decisions need it. */
export interface Version {
  readonly sequence: number;
  /** What it points at: equal for equal content. */
  readonly content: string;
}

/** What a look found: the newest version of the network and of our memory, and whether the version shown is on the disk. */
export interface Look {
  readonly newest: Version | undefined;
  readonly isPresent: boolean;
}

export type FollowState =
  | { readonly is: 'waiting'; readonly untilMs: number }
  | { readonly is: 'looking' }
  | {
      readonly is: 'fetching';
      readonly version: Version;
      readonly lookAtMs: number;
      readonly isLooking: boolean;
    }
  | { readonly is: 'showing'; readonly version: Version }
  | { readonly is: 'stopped' };

export interface FollowSink {
  /** Answer with `handleLook`. */
  look(): void;
  /** Answer with `handleFetched`. */
  fetch(version: Version): void;
  /** Ends the fetch: nothing of it shows. */
  abandon(): void;
  /** What was fetched takes the place of the version before. Answer with `handleShown`. */
  show(version: Version): void;
  /** The content that is here has a new number. */
  renumber(version: Version): void;
  /** Puts the item of the version that is shown. Answer with `handlePut`. */
  put(): void;
  tellNothingFound(): void;
  tellUpToDate(version: Version): void;
}

/** Between looks while no version was found. */
const FIRST_LOOKS_MS = 5000;
/** Nodes keep items for two hours (BEP 44). */
export const REPUT_MS: number = 45 * 60_000;

export class FollowLife {
  readonly #everyMs: number;
  readonly #sink: FollowSink;
  #state: FollowState = { is: 'waiting', untilMs: 0 };
  #shown: Version | undefined;
  #putAtMs = 0;
  #isPutting = false;

  /** @param shown the version that an earlier run showed @param everyMs between looks for a newer one */
  constructor(sink: FollowSink, everyMs: number, shown: Version | undefined) {
    this.#sink = sink;
    this.#everyMs = everyMs;
    this.#shown = shown;
  }

  get state(): FollowState {
    return this.#state;
  }

  /** Undefined while something is under way that answers by itself. */
  nextTimeout(): number | undefined {
    if (this.#state.is === 'waiting') return this.#state.untilMs;
    return this.#state.is === 'fetching' && !this.#state.isLooking ? this.#state.lookAtMs : undefined;
  }

  /** waiting → looking; a fetch looks whether a newer version is out. */
  handleTimeout(nowMs: number): void {
    const at = this.nextTimeout();
    if (at === undefined || nowMs < at) return;
    if (this.#state.is === 'fetching') this.#state = { ...this.#state, isLooking: true };
    else this.#state = { is: 'looking' };
    this.#sink.look();
  }

  /** A person wants to know: the next look is now. */
  handleWanted(nowMs: number): void {
    if (this.#state.is === 'waiting') this.#state = { is: 'waiting', untilMs: nowMs };
    else if (this.#state.is === 'fetching') this.#state = { ...this.#state, lookAtMs: nowMs };
  }

  handleLook(nowMs: number, look: Look): void {
    if (this.#state.is === 'looking') this.#decide(nowMs, look);
    else if (this.#state.is === 'fetching') this.#compare(nowMs, look.newest);
  }

  /** fetching → waiting, when a newer version is out. */
  #compare(nowMs: number, newest: Version | undefined): void {
    if (this.#state.is !== 'fetching') return;
    const { version } = this.#state;
    // The same content under a newer number goes on: the look after it renumbers what is shown.
    const isNewer = newest !== undefined && newest.sequence > version.sequence;
    if (isNewer && newest.content !== version.content) {
      this.#sink.abandon();
      this.#rest(nowMs, 0);
    } else this.#state = { ...this.#state, isLooking: false, lookAtMs: nowMs + this.#everyMs };
  }

  /** looking → fetching or waiting. */
  #decide(nowMs: number, { newest, isPresent }: Look): void {
    const shown = this.#shown;
    if (newest === undefined) {
      this.#sink.tellNothingFound();
      return this.#rest(nowMs, FIRST_LOOKS_MS);
    }
    if (shown !== undefined && newest.sequence <= shown.sequence) {
      // A person removed the files: the same version is fetched again.
      if (!isPresent) return this.#fetch(nowMs, shown);
      this.#sink.tellUpToDate(shown);
      return this.#rest(nowMs, this.#everyMs);
    }
    if (!isPresent || newest.content !== shown?.content) return this.#fetch(nowMs, newest);
    this.#sink.renumber(newest);
    this.#keep(newest);
    return this.#rest(nowMs, this.#everyMs);
  }

  #fetch(nowMs: number, version: Version): void {
    this.#state = { is: 'fetching', version, lookAtMs: nowMs + this.#everyMs, isLooking: false };
    this.#sink.fetch(version);
  }

  /** fetching → showing. One that was given up meanwhile is not shown. */
  handleFetched(version: Version): void {
    if (this.#state.is !== 'fetching' || this.#state.version !== version) return;
    this.#state = { is: 'showing', version };
    this.#sink.show(version);
  }

  /** showing → waiting. */
  handleShown(nowMs: number): void {
    if (this.#state.is !== 'showing') return;
    this.#keep(this.#state.version);
    this.#rest(nowMs, this.#everyMs);
  }

  /** @param isStored a node of the DHT keeps it */
  handlePut(nowMs: number, isStored: boolean): void {
    this.#isPutting = false;
    if (isStored) this.#putAtMs = nowMs + REPUT_MS;
  }

  handleStop(): void {
    this.#state = { is: 'stopped' };
  }

  #keep(version: Version): void {
    this.#shown = version;
    this.#putAtMs = 0;
  }

  #rest(nowMs: number, forMs: number): void {
    this.#state = { is: 'waiting', untilMs: nowMs + forMs };
    if (this.#shown === undefined || this.#isPutting || nowMs < this.#putAtMs) return;
    this.#isPutting = true;
    this.#sink.put();
  }
}
