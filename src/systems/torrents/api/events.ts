/**
 * Server-sent events (`GET /api/v1/events`): the shares that the roster adds, changes, completes and removes, as it happens, and all
 * that runs once a second; once a second what changed of publications and follows. A listener that does not read is dropped when too much waits for it.
 */
import type { Server } from '../../../http/mount.ts';
import { ERROR } from '../../../http/schemas.ts';
import type { Roster, RosterEvent } from '../roster/roster.ts';
import { messageOf, openStream } from './event-stream.ts';
import type { ApiOptions } from './options.ts';
import { EVENTS } from './schemas/events.ts';
import { summaryOf } from './summary.ts';
import { UpdateEvents } from './update-events.ts';

const TICK_MS = 1000;
/** Bytes that may wait for one listener: at first that is every share, which is 10 MiB for 10,000 of them. */
const MAX_WAITING = 16 * 1024 * 1024;
const MAX_LISTENERS = 2000;

interface Listener {
  /** False when it is too slow. */
  write(text: string): boolean;
  end(): void;
}

/** Everything is turned into text once, however many listen. */
class Broadcast {
  readonly #roster: Roster;
  readonly #updates: UpdateEvents;
  readonly #listeners = new Set<Listener>();
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;
  #last = new Map<number, string>();

  constructor({ roster, updates }: Pick<ApiOptions, 'roster' | 'updates'>) {
    this.#roster = roster;
    this.#updates = new UpdateEvents(updates);
    this.#stop = roster.listen((event) => this.#tell(textOf(roster, event)));
  }

  get count(): number {
    return this.#listeners.size;
  }

  add(listener: Listener): void {
    if (this.#listeners.size === 0) this.#updates.begin();
    this.#listeners.add(listener);
    for (const entry of this.#roster.all) listener.write(messageOf('share', summaryOf(entry)));
    for (const message of this.#updates.all()) listener.write(message);
    listener.write(messageOf('ready', { shares: this.#roster.all.length }));
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#last = new Map();
  }

  close(): void {
    this.#stop();
    clearInterval(this.#timer);
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  /** Shares of which something is different from a second ago. What does not run changes by events alone. */
  #tick(): void {
    const now = new Map<number, string>();
    for (const entry of this.#roster.all) {
      const { share } = entry;
      if (share === undefined) continue;
      const { revision } = share.briefStatus();
      now.set(entry.stored.id, revision);
      if (this.#last.get(entry.stored.id) !== revision) this.#tell(messageOf('share', summaryOf(entry)));
    }
    this.#last = now;
    for (const message of this.#updates.changes()) this.#tell(message);
  }

  #tell(text: string): void {
    for (const listener of this.#listeners) {
      if (listener.write(text)) continue;
      listener.end();
      this.remove(listener);
    }
  }
}

function textOf(roster: Roster, event: RosterEvent): string {
  if (event.type === 'removed') return messageOf('removed', { id: event.id, hash: event.key });
  const entry = roster.find(event.stored.id);
  return entry === undefined ? '' : messageOf(event.type === 'done' ? 'done' : 'share', summaryOf(entry));
}

export function addEvents(server: Server, options: ApiOptions): void {
  const broadcast = new Broadcast(options);
  server.addHook('preClose', async () => broadcast.close());
  const schema = {
    summary:
      'Sends events as they happen: `share`, `done`, `removed`; `publication`, `publication-removed`; `follow`, `follow-removed`; `ready`.',
    produces: ['text/event-stream'],
    response: { 200: EVENTS, '5xx': ERROR },
  };
  server.get('/api/v1/events', { schema }, (_, reply) => {
    if (broadcast.count >= MAX_LISTENERS) {
      reply.code(503).send({ code: 'refused', message: `${MAX_LISTENERS} programs listen already` });
      return;
    }
    const stream = openStream(reply, MAX_WAITING);
    // What is written waits until the answer begins, which may end at once.
    broadcast.add(stream);
    stream.begin(() => broadcast.remove(stream));
  });
}
