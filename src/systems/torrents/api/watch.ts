/**
 * `GET /api/v1/shares/:id/watch`: server-sent events about one share, for a command that shows how it goes. `report` comes at
 * once, as often as the listener asks for, and when something about the share changes; `notice` for each line of its log;
 * `removed` is the last.
 */
import type { FastifyInstance } from 'fastify';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import type { EventStream } from './event-stream.ts';
import type { ApiOptions } from './options.ts';
import { reportOf } from './report.ts';
import { findEntry } from './shares.ts';
import { addWatchRoute } from './watch-route.ts';

/** A terminal is drawn no more often. */
const MIN_INTERVAL_MS = 200;

interface WatchQuery {
  readonly intervalMs: number;
  readonly map: boolean;
}

export const INTERVAL_QUERY: Readonly<Record<string, object>> = {
  intervalMs: {
    type: 'integer',
    minimum: MIN_INTERVAL_MS,
    maximum: 60_000,
    default: 1000,
    description: 'between two reports when nothing else happens',
  },
  map: { type: 'boolean', default: false, description: 'which pieces are here, in base64' },
};

export function addWatch(server: FastifyInstance, { roster }: ApiOptions): void {
  addWatchRoute<WatchQuery>(server, {
    path: '/api/v1/shares/:id/watch',
    summary: 'server-sent events about one share: report, notice, removed',
    query: { type: 'object', additionalProperties: false, properties: INTERVAL_QUERY },
    watch: ({ id, query }, stream, end) => watch(roster, findEntry(roster, id), { stream, query, end }),
  });
}

interface Watching {
  readonly stream: EventStream;
  readonly query: WatchQuery;
  readonly end: () => void;
}

/** @returns stop */
function watch(roster: Roster, entry: RosterEntry, { stream, query, end }: Watching): () => void {
  const { id } = entry.stored;
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    clearTimeout(timer);
    if (!stream.send('report', reportOf(entry, query.map))) return end();
    timer = setTimeout(report, query.intervalMs);
    timer.unref();
  };
  report();
  const stopListening = roster.listen((event) => {
    if (event.type !== 'removed' && event.stored.id === id) report();
    if (event.type !== 'removed' || event.id !== id) return;
    stream.send('removed', {});
    end();
  });
  const stopLines = roster.listenToLines((about, text, isWarning) => {
    if (about === entry) stream.send('notice', { text, isWarning });
  });
  return () => {
    clearTimeout(timer);
    stopListening();
    stopLines();
  };
}
