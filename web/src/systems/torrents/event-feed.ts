/** The daemon's stream of events (`GET /api/v1/events`). One connection serves all that the page keeps up to date by it. */
import { checkConnection } from '../../shell/connection.ts';

export interface FeedListener {
  /** The stream begins anew: the daemon tells all again, and then `ready`. */
  readonly onOpen: () => void;
  /** What takes the data of an event, by its name. */
  readonly events: Readonly<Record<string, (data: string) => void>>;
}

const RETRY_MS = 2000;

export class EventFeed {
  readonly #listeners: FeedListener[] = [];
  #source: EventSource | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;

  /** To be called before `start`. */
  listen(listener: FeedListener): void {
    this.#listeners.push(listener);
  }

  /** Opens the stream, unless it is open. */
  start(): void {
    clearTimeout(this.#restart);
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.#source?.close();
    const source = new EventSource('/api/v1/events');
    this.#source = source;
    source.onopen = () => {
      for (const { onOpen } of this.#listeners) onOpen();
    };
    source.onerror = () => {
      void checkConnection();
      // The browser tries again by itself, unless the daemon refused it.
      if (source.readyState === EventSource.CLOSED) this.#restartSoon();
    };
    for (const { events } of this.#listeners)
      for (const [name, take] of Object.entries(events))
        source.addEventListener(name, (event) => take(event.data as string));
  }

  #restartSoon(): void {
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => this.start(), RETRY_MS);
  }
}

/** Of this page. */
export const feed: EventFeed = new EventFeed();
