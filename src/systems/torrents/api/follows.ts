/** What the daemon follows: `/api/v1/follows`. */
import type { FastifyInstance } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import { MIN_RATE } from '../roster/bounds.ts';
import { reportOn } from '../share/report.ts';
import type { FollowRequest, Follows, HeldFollow, NumberedEvent } from '../updates/follows.ts';
import type { EventStream } from './event-stream.ts';
import { ERROR, ID } from './schemas.ts';
import type { FollowSummary } from './types.ts';
import { INTERVAL_QUERY } from './watch.ts';
import { addWatchRoute } from './watch-route.ts';

const text = { type: 'string' } as const;

const FOLLOW = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    link: text,
    name: { ...text, description: 'of the publication' },
    key: { ...text, description: 'the public key of its publisher, in hex' },
    folder: text,
    everySeconds: { type: 'number', description: 'between looks for a newer version' },
    state: { enum: ['looking', 'fetching', 'shown', 'failed'] },
    sequence: { type: ['integer', 'null'], description: 'number of the version that is shown' },
    path: { type: ['string', 'null'], description: 'where it is shown' },
    totalBytes: { type: 'integer', description: 'of the version that is being fetched' },
    doneBytes: { type: 'integer' },
    trouble: { type: ['string', 'null'] },
    events: { type: 'integer', description: 'told so far, in this run of the daemon' },
  },
};

const BODY = {
  type: 'object',
  additionalProperties: false,
  required: ['link', 'folder'],
  properties: {
    link: { ...text, minLength: 1, description: 'magnet:?xs=urn:btpk:…' },
    folder: { ...text, minLength: 1, description: 'holds the folder of the publication' },
    everySeconds: { type: 'number', minimum: 5, maximum: 10_000_000 },
    downloadLimit: { type: 'integer', minimum: MIN_RATE, description: 'bytes a second' },
    uploadLimit: { type: 'integer', minimum: MIN_RATE },
    usesLsd: { type: 'boolean', description: 'false: not looked for on the local network' },
    peers: {
      type: 'array',
      maxItems: 100,
      items: { ...text, maxLength: 300 },
      description: 'HOST:PORT each',
    },
  },
};

interface WatchQuery {
  readonly after: number;
  readonly intervalMs: number;
  readonly map: boolean;
}

const QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...INTERVAL_QUERY,
    after: { type: 'integer', minimum: 0, description: 'events of late with higher numbers come first' },
  },
};

export function addFollows(server: FastifyInstance, follows: Follows): void {
  const find = (id: number): HeldFollow => {
    const held = follows.find(id);
    if (held === undefined) throw new ShoalError('not-found', `there is no follow ${id}`);
    return held;
  };
  const list = {
    type: 'object',
    required: ['follows'],
    properties: { follows: { type: 'array', items: FOLLOW } },
  };
  server.get('/api/v1/follows', { schema: { summary: 'what it follows', response: { 200: list } } }, () => ({
    follows: follows.all.map(describe),
  }));
  server.post<{ Body: FollowRequest }>(
    '/api/v1/follows',
    {
      schema: {
        summary: 'keeps a folder at the newest version of a publication; 200 when it does so already',
        body: BODY,
        response: { 200: FOLLOW, 201: FOLLOW, '4xx': ERROR },
      },
    },
    async ({ body }, reply) => {
      const { held, isNew, eventCount } = await follows.follow(body);
      return reply.code(isNew ? 201 : 200).send({ ...describe(held), events: eventCount });
    },
  );
  server.delete<{ Params: { id: number } }>(
    '/api/v1/follows/:id',
    {
      schema: {
        summary: 'follows it no more; the version that is shown stays',
        params: ID,
        response: { '4xx': ERROR },
      },
    },
    async ({ params }, reply) => {
      await follows.remove(find(params.id).stored.id);
      return reply.code(204).send();
    },
  );
  addWatchRoute<WatchQuery>(server, {
    path: '/api/v1/follows/:id/watch',
    summary:
      'server-sent events about one follow: nothing-found, fetching, report, version, up-to-date, failed, removed',
    query: QUERY,
    watch: ({ id, query }, stream, end) => watch(follows, find(id), { query, stream, end }),
  });
}

interface Watching {
  readonly query: WatchQuery;
  readonly stream: EventStream;
  readonly end: () => void;
}

/** @returns stop */
function watch(follows: Follows, held: HeldFollow, { query, stream, end }: Watching): () => void {
  const { id } = held.stored;
  const send = (event: string, data: object): void => {
    if (!stream.send(event, data)) end();
  };
  const tell = ({ event }: NumberedEvent): void => {
    const { type, ...fields } = 'share' in event ? { type: event.type, sequence: event.sequence } : event;
    send(type, fields);
  };
  for (const event of held.eventsAfter(query.after ?? held.eventCount)) tell(event);
  const timer = setInterval(() => {
    // Another one stands for the same number after it was changed.
    const share = follows.find(id)?.fetching;
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

function describe(held: HeldFollow): FollowSummary {
  const { stored, link, version, fetching, trouble, eventCount } = held;
  const status = fetching?.status();
  return {
    id: stored.id,
    link: stored.link,
    name: link.name ?? '',
    key: Buffer.from(link.publicKey).toString('hex'),
    folder: stored.folder,
    everySeconds: stored.preferences.everySeconds,
    state:
      trouble !== undefined
        ? 'failed'
        : fetching !== undefined
          ? 'fetching'
          : version !== undefined
            ? 'shown'
            : 'looking',
    sequence: version?.sequence ?? null,
    path: version?.path ?? null,
    totalBytes: status?.totalBytes ?? 0,
    doneBytes: status?.doneBytes ?? 0,
    trouble: trouble?.message ?? null,
    events: eventCount,
  };
}
