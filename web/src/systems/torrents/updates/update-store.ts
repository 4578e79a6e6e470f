/** What the daemon publishes and follows, kept up to date by its events. */
import { createState, type SharedState } from '../../../shell/state.ts';
import type { FollowSummary, PublicationSummary } from '../api.ts';
import { EventFeed, feed } from '../event-feed.ts';

export interface UpdateSnapshot {
  /** True when the daemon has told all once. */
  readonly isLoaded: boolean;
  readonly publications: readonly PublicationSummary[];
  readonly follows: readonly FollowSummary[];
}

/** Those of one kind, by number. */
class Kept<Item extends { readonly id: number }> {
  readonly #items = new Map<number, Item>();
  #seen: Set<number> | undefined;

  get all(): readonly Item[] {
    return [...this.#items.values()].sort((a, b) => a.id - b.id);
  }

  /** The daemon tells all again. */
  begin(): void {
    this.#seen = new Set();
  }

  /** It has told all: the others were removed while the stream was closed. */
  settle(): void {
    for (const id of this.#items.keys()) if (this.#seen?.has(id) === false) this.#items.delete(id);
    this.#seen = undefined;
  }

  put(item: Item): void {
    this.#seen?.add(item.id);
    this.#items.set(item.id, item);
  }

  drop(id: number): void {
    this.#items.delete(id);
  }
}

export class UpdateStore {
  readonly #publications = new Kept<PublicationSummary>();
  readonly #follows = new Kept<FollowSummary>();
  readonly #state: SharedState<UpdateSnapshot> = createState<UpdateSnapshot>({
    isLoaded: false,
    publications: [],
    follows: [],
  });
  readonly use: () => UpdateSnapshot = this.#state.use;
  readonly read: () => UpdateSnapshot = this.#state.get;

  constructor(events: EventFeed = new EventFeed()) {
    events.listen({
      onOpen: () => {
        this.#publications.begin();
        this.#follows.begin();
      },
      events: {
        publication: (data) => this.putPublication(JSON.parse(data) as PublicationSummary),
        follow: (data) => this.putFollow(JSON.parse(data) as FollowSummary),
        'publication-removed': (data) => this.dropPublication(idOf(data)),
        'follow-removed': (data) => this.dropFollow(idOf(data)),
        ready: () => {
          this.#publications.settle();
          this.#follows.settle();
          this.#show(true);
        },
      },
    });
  }

  /** Shows a change of this page at once, before the daemon tells it. */
  putPublication(publication: PublicationSummary): void {
    this.#publications.put(publication);
    this.#show();
  }

  putFollow(follow: FollowSummary): void {
    this.#follows.put(follow);
    this.#show();
  }

  dropPublication(id: number): void {
    this.#publications.drop(id);
    this.#show();
  }

  dropFollow(id: number): void {
    this.#follows.drop(id);
    this.#show();
  }

  #show(isLoaded: boolean = this.#state.get().isLoaded): void {
    this.#state.set({ isLoaded, publications: this.#publications.all, follows: this.#follows.all });
  }
}

const idOf = (data: string): number => (JSON.parse(data) as { readonly id: number }).id;

export const updates: UpdateStore = new UpdateStore(feed);
