/**
 * All shares, kept up to date by server-sent events. Thousands of them change every
 * second, so the store tells its listeners a few times a second at most.
 */
import { useSyncExternalStore } from 'react';
import type { ShareSummary } from './api.ts';
import { EventFeed, feed } from './event-feed.ts';

export interface Snapshot {
  /** True when the daemon has sent all shares once. */
  readonly isLoaded: boolean;
  readonly shares: ReadonlyMap<number, ShareSummary>;
}

const FLUSH_MS = 200;

export class ShareStore {
  #snapshot: Snapshot = { isLoaded: false, shares: new Map() };
  #shares = new Map<number, ShareSummary>();
  #seen: Set<number> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #done = new Set<(share: ShareSummary) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #feed: EventFeed;

  constructor(events: EventFeed = new EventFeed()) {
    this.#feed = events;
    events.listen({
      onOpen: () => {
        this.#seen = new Set();
      },
      events: {
        share: (data) => void this.#take(data),
        done: (data) => {
          const share = this.#take(data);
          for (const listener of this.#done) listener(share);
        },
        removed: (data) => {
          this.#shares.delete((JSON.parse(data) as { id: number }).id);
          this.#flushSoon();
        },
        ready: () => {
          // Shares that were removed while the stream was closed.
          for (const id of this.#shares.keys()) if (this.#seen?.has(id) === false) this.#shares.delete(id);
          this.#seen = undefined;
          this.#flush(true);
        },
      },
    });
  }

  /** Opens the stream of events, unless it is open. */
  start(): void {
    this.#feed.start();
  }

  /** Shows a change of this page at once, before the daemon sends it. */
  put(share: ShareSummary): void {
    this.#shares.set(share.id, share);
    this.#flush();
  }

  drop(id: number): void {
    this.#shares.delete(id);
    this.#flush();
  }

  readonly read = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  onDone(listener: (share: ShareSummary) => void): () => void {
    this.#done.add(listener);
    return () => this.#done.delete(listener);
  }

  #take(text: string): ShareSummary {
    const share = JSON.parse(text) as ShareSummary;
    this.#seen?.add(share.id);
    this.#shares.set(share.id, share);
    if (this.#seen === undefined) this.#flushSoon();
    return share;
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(isLoaded = this.#snapshot.isLoaded): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#snapshot = { isLoaded, shares: new Map(this.#shares) };
    for (const listener of this.#listeners) listener();
  }
}

export const store: ShareStore = new ShareStore(feed);

export function useSnapshot(): Snapshot {
  return useSyncExternalStore(store.subscribe, store.read);
}
