/** Routes of server-sent events about one numbered thing, with a bound on how many programs listen. */
import type { FastifyInstance } from 'fastify';
import { type EventStream, openStream } from './event-stream.ts';
import { ID } from './schemas.ts';

/** Each costs an answer whenever something happens, or every second. */
const MAX_WATCHERS = 200;
/** Bytes that may wait for one: a map of pieces is 175 KiB at most. */
const MAX_WAITING = 1024 * 1024;

export interface WatchRoute<Query> {
  /** With `:id` in it. */
  readonly path: string;
  readonly summary: string;
  readonly query?: object;
  /**
   * Begins to tell. It is called before the answer begins, so that it may refuse: what it sends waits until then.
   * @param end ends the stream
   * @returns stop telling
   * @throws ShoalError not-found
   */
  readonly watch: (
    about: { readonly id: number; readonly query: Query },
    stream: EventStream,
    end: () => void,
  ) => () => void;
}

export function addWatchRoute<Query>(server: FastifyInstance, route: WatchRoute<Query>): void {
  const streams = new Set<EventStream>();
  server.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });
  server.get<{ Params: { id: number }; Querystring: Query }>(
    route.path,
    {
      schema: {
        summary: route.summary,
        params: ID,
        ...(route.query === undefined ? {} : { querystring: route.query }),
      },
    },
    ({ params, query }, reply) => {
      if (streams.size >= MAX_WATCHERS)
        return reply.code(503).send({ code: 'refused', message: `${MAX_WATCHERS} programs watch already` });
      const stream = openStream(reply, MAX_WAITING);
      const stop = route.watch({ id: params.id, query: query as Query }, stream, () => stream.end());
      streams.add(stream);
      stream.begin(() => {
        streams.delete(stream);
        stop();
      });
      return undefined;
    },
  );
}
