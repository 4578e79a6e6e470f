/**
 * All shares, kept up to date by server-sent events. Thousands of them change every
 * second, so the store tells its listeners a few times a second at most.
 */
import { useSyncExternalStore } from 'react';
import { checkConnection } from '../../shell/connection.ts';
import type { ShareSummary } from './api.ts';

export interface Snapshot {
  /** True when the daemon has sent all shares once. */
  readonly isLoaded: boolean;
  readonly shares: ReadonlyMap<number, ShareSummary>;
}

const FLUSH_MS = 200;
const RETRY_MS = 2000;

export class ShareStore {
  #snapshot: Snapshot = { isLoaded: false, shares: new Map() };
  #shares = new Map<number, ShareSummary>();
  #seen: Set<number> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #done = new Set<(share: ShareSummary) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #source: EventSource | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;

  /** Opens the stream of events, unless it is open. */
  start(): void {
    clearTimeout(this.#restart);
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.#source?.close();
    const source = new EventSource('/api/v1/events');
    this.#source = source;
    source.onopen = () => (this.#seen = new Set());
    source.onerror = () => {
      void checkConnection();
      // The browser tries again by itself, unless the daemon refused it.
      if (source.readyState === EventSource.CLOSED) this.#restartSoon();
    };
    source.addEventListener('share', (event) => this.#take(event.data as string));
    source.addEventListener('done', (event) => {
      const share = this.#take(event.data as string);
      for (const listener of this.#done) listener(share);
    });
    source.addEventListener('removed', (event) => {
      this.#shares.delete((JSON.parse(event.data as string) as { id: number }).id);
      this.#flushSoon();
    });
    source.addEventListener('ready', () => {
      // Shares that were removed while the stream was closed.
      for (const id of this.#shares.keys()) if (this.#seen?.has(id) === false) this.#shares.delete(id);
      this.#seen = undefined;
      this.#flush(true);
    });
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

  #restartSoon(): void {
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => this.start(), RETRY_MS);
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

export const store: ShareStore = new ShareStore();

export function useSnapshot(): Snapshot {
  return useSyncExternalStore(store.subscribe, store.read);
}
