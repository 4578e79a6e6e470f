/** What the daemon follows: `/api/v1/follows`. */
import { ShoalError } from '../../../ground/errors.ts';
import type { Shape } from '../../../host/schema.ts';
import type { Server } from '../../../http/mount.ts';
import { DONE, ERROR } from '../../../http/schemas.ts';
import { reportOn } from '../share/report.ts';
import type { Follows, HeldFollow, NumberedEvent } from '../updates/follows.ts';
import type { EventStream } from './event-stream.ts';
import { WATCH_FOLLOW_QUERY } from './schemas/events.ts';
import { ID } from './schemas/share.ts';
import { FOLLOW, FOLLOW_REQUEST, FOLLOWS } from './schemas/updates.ts';
import type { FollowSummary } from './types.ts';
import { addWatchRoute } from './watch-route.ts';

export function addFollows(server: Server, follows: Follows): void {
  const find = (id: number): HeldFollow => {
    const held = follows.find(id);
    if (held === undefined) throw new ShoalError('not-found', `there is no follow ${id}`);
    return held;
  };
  server.get(
    '/api/v1/follows',
    { schema: { summary: 'Lists what the daemon follows.', response: { 200: FOLLOWS } } },
    () => ({ follows: follows.all.map(describeFollow) }),
  );
  server.post(
    '/api/v1/follows',
    {
      schema: {
        summary: 'Keeps a folder at the newest version of a publication. 200: the daemon does so already.',
        body: FOLLOW_REQUEST,
        response: { 200: FOLLOW, 201: FOLLOW, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => {
      const { held, isNew, eventCount } = await follows.follow(body);
      return reply.code(isNew ? 201 : 200).send({ ...describeFollow(held), events: eventCount });
    },
  );
  server.delete(
    '/api/v1/follows/:id',
    {
      schema: {
        summary: 'Stops following a publication. The version in the folder stays, and so does its share.',
        params: ID,
        response: { 204: DONE, '4xx': ERROR },
      },
    },
    async ({ params }, reply) => {
      await follows.remove(find(params.id).stored.id);
      return reply.code(204).send();
    },
  );
  addWatchRoute(server, {
    path: '/api/v1/follows/:id/watch',
    summary:
      'Sends events about one follow: `nothing-found`, `fetching`, `report`, `version`, `up-to-date`, `failed`, `removed`.',
    query: WATCH_FOLLOW_QUERY,
    watch: ({ id, query }, stream, end) => watch(follows, find(id), { query, stream, end }),
  });
}

interface Watching {
  readonly query: Shape<typeof WATCH_FOLLOW_QUERY>;
  readonly stream: EventStream;
  readonly end: () => void;
}

/** @returns stop */
function watch(follows: Follows, held: HeldFollow, { query, stream, end }: Watching): () => void {
  const { id } = held.stored;
  const send = (event: string, data: object): void => {
    if (!stream.send(event, data)) end();
  };
  const tell = ({ event: { type, ...fields } }: NumberedEvent): void => send(type, fields);
  for (const event of held.eventsAfter(query.after ?? held.eventCount)) tell(event);
  const timer = setInterval(() => {
    // Another one stands for the same number after it was changed.
    const share = follows.find(id)?.fetching?.share;
    if (share !== undefined) send('report', reportOn(share, share.status(), query.map));
  }, query.intervalMs);
  timer.unref();
  const stop = follows.listeners.add(id, {
    onEvent: tell,
    onRemoved: () => {
      send('removed', {});
      end();
    },
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}

export function describeFollow(held: HeldFollow): FollowSummary {
  const { stored, link, version, fetching, shown, trouble, eventCount } = held;
  const size = fetching?.size();
  return {
    id: stored.id,
    link: stored.link,
    name: link.name ?? '',
    key: Buffer.from(link.publicKey).toString('hex'),
    folder: stored.folder,
    everySeconds: stored.preferences.everySeconds,
    state: stateOf(held),
    sequence: version?.sequence ?? null,
    path: version?.path ?? null,
    lookedAt: held.lookedAt?.toISOString() ?? null,
    share: (fetching ?? shown)?.stored.id ?? null,
    totalBytes: size?.total ?? 0,
    doneBytes: size?.done ?? 0,
    trouble: trouble?.message ?? null,
    events: eventCount,
  };
}

function stateOf({ trouble, fetching, version }: HeldFollow): FollowSummary['state'] {
  if (trouble !== undefined) return 'failed';
  if (fetching !== undefined) return fetching.stored.preferences.isPaused ? 'paused' : 'fetching';
  return version === undefined ? 'looking' : 'shown';
}
