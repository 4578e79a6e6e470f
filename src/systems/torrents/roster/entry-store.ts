/**
 * The entries of the roster: in memory, in their table, and told to listeners. A change is written before it is told, so
 * that a crash loses nothing that somebody has heard of.
 */
import type { RosterTable, StoredEntry } from '../state/roster-table.ts';
import { type EntryHost, RosterEntry } from './entry.ts';
import { EntryIndex } from './entry-index.ts';
import { RosterLog } from './history.ts';
import { ShareTimes } from './share-times.ts';

export type RosterEvent =
  | { readonly type: 'added' | 'changed' | 'done'; readonly stored: StoredEntry }
  | { readonly type: 'removed'; readonly id: number; readonly key: string };

/** The part of the daemon's peer that the store needs. */
export interface StoreHost extends EntryHost {
  readonly state: EntryHost['state'] & {
    readonly roster: Pick<RosterTable, 'list' | 'times' | 'add' | 'update' | 'remove'>;
  };
}

/** Told of every line of a share's log. */
export type LineListener = (entry: RosterEntry, text: string, isWarning: boolean) => void;

export class EntryStore {
  readonly #peer: StoreHost;
  readonly #listeners = new Set<(event: RosterEvent) => void>();
  readonly index: EntryIndex = new EntryIndex();
  /** Of all shares together. */
  readonly log: RosterLog = new RosterLog();
  readonly #lineListeners = new Set<LineListener>();

  constructor(peer: StoreHost) {
    this.#peer = peer;
    const times = peer.state.roster.times();
    for (const stored of peer.state.roster.list()) {
      const entry = this.#hold(stored, new ShareTimes(times.get(stored.id)));
      entry.isHeld = stored.follow !== undefined;
    }
  }

  get all(): RosterEntry[] {
    return this.index.all;
  }

  /** @returns stop listening */
  listen(listener: (event: RosterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns stop listening */
  listenToLines(listener: LineListener): () => void {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  add(fields: Parameters<RosterTable['add']>[0]): RosterEntry {
    const stored = this.#peer.state.roster.add(fields);
    const entry = this.#hold(stored, new ShareTimes());
    this.#tell({ type: 'added', stored });
    return entry;
  }

  update(entry: RosterEntry, change: Partial<StoredEntry>): void {
    const stored = { ...entry.stored, ...change };
    this.#peer.state.roster.update(stored);
    entry.stored = stored;
    entry.forget();
    this.tellChanged(entry);
  }

  /** Listeners are told when its data is dealt with, by `tellRemoved`. */
  remove(entry: RosterEntry): void {
    this.#peer.state.roster.remove(entry.stored.id);
    this.index.delete(entry);
  }

  tellChanged(entry: RosterEntry): void {
    entry.changedAt = new Date();
    this.#tell({ type: 'changed', stored: entry.stored });
  }

  tellDone({ stored }: RosterEntry): void {
    this.#tell({ type: 'done', stored });
  }

  tellRemoved({ stored: { id, key } }: RosterEntry): void {
    this.#tell({ type: 'removed', id, key });
  }

  #hold(stored: StoredEntry, times: ShareTimes): RosterEntry {
    const entry = new RosterEntry(this.#peer, stored, times);
    this.index.add(entry);
    entry.log.onLine = (text, isWarning) => {
      this.log.add(`${entry.name}: ${text}`, isWarning);
      for (const listener of this.#lineListeners) listener(entry, text, isWarning);
    };
    return entry;
  }

  #tell(event: RosterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
