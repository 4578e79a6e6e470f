/**
 * `GET /api/v1/shares/:id/watch`: server-sent events about one share, for a command that shows how it goes. `report` comes at
 * once, as often as the listener asks for, and when something about the share changes; `notice` for each line of its log;
 * `removed` is the last.
 */
import type { FastifyInstance } from 'fastify';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { type EventStream, openStream } from './event-stream.ts';
import type { ApiOptions } from './options.ts';
import { reportOf } from './report.ts';
import { ID } from './schemas.ts';
import { findEntry } from './shares.ts';

/** Each costs a report per interval. */
const MAX_WATCHERS = 200;
/** Bytes that may wait for one: a map of pieces is 175 KiB at most. */
const MAX_WAITING = 1024 * 1024;
/** A terminal is drawn no more often. */
const MIN_INTERVAL_MS = 200;

interface WatchQuery {
  readonly intervalMs: number;
  readonly map: boolean;
}

const QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    intervalMs: {
      type: 'integer',
      minimum: MIN_INTERVAL_MS,
      maximum: 60_000,
      default: 1000,
      description: 'between two reports when nothing else happens',
    },
    map: { type: 'boolean', default: false, description: 'which pieces are here, in base64' },
  },
};

export function addWatch(server: FastifyInstance, { roster }: ApiOptions): void {
  const watchers = new Set<AbortController>();
  server.addHook('preClose', async () => {
    for (const watcher of watchers) watcher.abort();
  });
  server.get<{ Params: { id: number }; Querystring: WatchQuery }>(
    '/api/v1/shares/:id/watch',
    {
      schema: {
        summary: 'server-sent events about one share: report, notice, removed',
        params: ID,
        querystring: QUERY,
      },
    },
    ({ params, query }, reply) => {
      const entry = findEntry(roster, params.id);
      if (watchers.size >= MAX_WATCHERS)
        return reply.code(503).send({ code: 'refused', message: `${MAX_WATCHERS} programs watch already` });
      const end = new AbortController();
      watchers.add(end);
      const stream = openStream(reply, MAX_WAITING, () => end.abort());
      void watch(roster, entry, { stream, query, signal: end.signal }).finally(() => {
        watchers.delete(end);
        stream.end();
      });
      return undefined;
    },
  );
}

interface Watching {
  readonly stream: EventStream;
  readonly query: WatchQuery;
  readonly signal: AbortSignal;
}

async function watch(roster: Roster, entry: RosterEntry, { stream, query, signal }: Watching): Promise<void> {
  const { id } = entry.stored;
  const changes = new Wakeup();
  const stopListening = roster.listen((event) => {
    const about = event.type === 'removed' ? event.id : event.stored.id;
    if (about === id) changes.wake();
  });
  const stopLines = roster.listenToLines((about, text, isWarning) => {
    if (about === entry) stream.send('notice', { text, isWarning });
  });
  try {
    while (!signal.aborted) {
      if (roster.find(id) === undefined) {
        stream.send('removed', {});
        return;
      }
      if (!stream.send('report', reportOf(entry, query.map))) return;
      await changes.wait(query.intervalMs, signal);
    }
  } finally {
    stopListening();
    stopLines();
  }
}
