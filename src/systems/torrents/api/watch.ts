/**
 * `GET /api/v1/shares/:id/watch`: server-sent events about one share, for a command that shows how it goes. `report` comes at
 * once, as often as the listener asks for, and when something about the share changes; `notice` for each line of its log;
 * `removed` is the last.
 */
import type { Shape } from '../../../host/schema.ts';
import type { Server } from '../../../http/mount.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import type { EventStream } from './event-stream.ts';
import type { ApiOptions } from './options.ts';
import { reportOf } from './report.ts';
import { WATCH_QUERY } from './schemas/events.ts';
import { findEntry } from './shares.ts';
import { addWatchRoute } from './watch-route.ts';

export function addWatch(server: Server, { roster }: ApiOptions): void {
  addWatchRoute(server, {
    path: '/api/v1/shares/:id/watch',
    summary: 'Sends events about one share: `report`, `notice`, `removed`.',
    query: WATCH_QUERY,
    watch: ({ id, query }, stream, end) => watch(roster, findEntry(roster, id), { stream, query, end }),
  });
}

interface Watching {
  readonly stream: EventStream;
  readonly query: Shape<typeof WATCH_QUERY>;
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
