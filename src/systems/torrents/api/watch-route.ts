/** Routes of server-sent events about one numbered thing, with a bound on how many programs listen. */
import type { Shape, TSchema } from '../../../host/schema.ts';
import type { Server } from '../../../http/mount.ts';
import { ERROR } from '../../../http/schemas.ts';
import { type EventStream, openStream } from './event-stream.ts';
import { WATCH_EVENTS } from './schemas/events.ts';
import { ID } from './schemas/share.ts';

/** Each costs an answer whenever something happens, or every second. */
const MAX_WATCHERS = 200;
/** Bytes that may wait for one: a map of pieces is 175 KiB at most. */
const MAX_WAITING = 1024 * 1024;

export interface WatchRoute<Query extends TSchema> {
  /** With `:id` in it. */
  readonly path: string;
  readonly summary: string;
  readonly query: Query;
  /**
   * Begins to tell. It is called before the answer begins, so that it may refuse: what it sends waits until then.
   * @param end ends the stream
   * @returns stop telling
   * @throws ShoalError not-found
   */
  readonly watch: (
    about: { readonly id: number; readonly query: Shape<Query> },
    stream: EventStream,
    end: () => void,
  ) => () => void;
}

export function addWatchRoute<Query extends TSchema>(server: Server, route: WatchRoute<Query>): void {
  const streams = new Set<EventStream>();
  server.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });
  server.get(
    route.path,
    {
      schema: {
        summary: route.summary,
        params: ID,
        querystring: route.query,
        produces: ['text/event-stream'],
        response: { 200: WATCH_EVENTS, '4xx': ERROR, '5xx': ERROR },
      },
    },
    ({ params, query }, reply) => {
      if (streams.size >= MAX_WATCHERS) {
        reply.code(503).send({ code: 'refused', message: `${MAX_WATCHERS} programs watch already` });
        return;
      }
      const stream = openStream(reply, MAX_WAITING);
      const stop = route.watch({ id: params.id, query: query as Shape<Query> }, stream, () => stream.end());
      streams.add(stream);
      stream.begin(() => {
        streams.delete(stream);
        stop();
      });
    },
  );
}
