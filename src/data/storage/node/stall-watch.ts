/** Notices when a disk does not answer: operations that run are listed, and one look now and then is enough. */
import type { Clock, Timer } from '../../../ground/ports.ts';

/** Slow disks under load take seconds; so long takes only one that hangs. */
export const STALL_MS = 10_000;
const LOOK_MS = 2000;

export interface StallEvents {
  /** @param what the path that does not answer */
  onStalled(what: string): void;
  /** Every operation that hung has ended. */
  onResponding(): void;
}

/** An operation that runs. */
export interface Watched {
  end(): void;
}

class Operation implements Watched {
  readonly what: string | (() => string);
  readonly since: number;
  readonly #onEnd: (operation: Operation) => void;

  constructor(what: string | (() => string), since: number, onEnd: (operation: Operation) => void) {
    this.what = what;
    this.since = since;
    this.#onEnd = onEnd;
  }

  end(): void {
    this.#onEnd(this);
  }
}

export class StallWatch {
  readonly #clock: Clock;
  readonly #events: StallEvents;
  readonly #running = new Set<Operation>();
  readonly #onEnd = (operation: Operation): void => this.#end(operation);
  #timer: Timer | undefined;
  #isStalled = false;

  constructor(clock: Clock, events: StallEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  begin(what: string | (() => string)): Watched {
    const operation = new Operation(what, this.#clock.now(), this.#onEnd);
    this.#running.add(operation);
    this.#arm();
    return operation;
  }

  async run<T>(what: string, action: () => Promise<T>): Promise<T> {
    const watched = this.begin(what);
    try {
      return await action();
    } finally {
      watched.end();
    }
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#running.clear();
  }

  #end(operation: Operation): void {
    this.#running.delete(operation);
    if (!this.#isStalled || this.#oldest() !== undefined) return;
    this.#isStalled = false;
    this.#events.onResponding();
  }

  /** The oldest operation, if it has run for too long. Sets keep the order of insertion. */
  #oldest(): Operation | undefined {
    for (const first of this.#running) return this.#clock.now() - first.since >= STALL_MS ? first : undefined;
    return undefined;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(LOOK_MS, () => {
      this.#timer = undefined;
      const oldest = this.#oldest();
      if (oldest !== undefined && !this.#isStalled) {
        this.#isStalled = true;
        this.#events.onStalled(typeof oldest.what === 'string' ? oldest.what : oldest.what());
      }
      if (this.#running.size > 0) this.#arm();
    });
  }
}
