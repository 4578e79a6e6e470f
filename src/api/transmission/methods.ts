/** Transmission's RPC methods by name. Arguments that say nothing that this peer knows are ignored, as Transmission does. */
import { statfs } from 'node:fs/promises';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import type { Held } from '../../session/held.ts';
import type { Session } from '../../session/session.ts';
import type { ApiOptions } from '../options.ts';
import {
  type Arguments,
  flagOf,
  KILO,
  numberOf,
  numbersOf,
  sharesOf,
  switched,
  textOf,
  textsOf,
} from './arguments.ts';
import { FIELDS, View } from './fields.ts';
import { sessionGet, sessionSet } from './session.ts';
import { renamePath, torrentSet } from './torrent-set.ts';

type Method = (options: ApiOptions, args: Arguments) => object | Promise<object>;

const each = async (held: readonly Held[], act: (held: Held) => unknown): Promise<object> => {
  for (const one of held) await act(one);
  return {};
};

async function add({ session }: ApiOptions, args: Arguments): Promise<object> {
  const labels = textsOf(args, 'labels') ?? [];
  const folder = textOf(args, 'download-dir') ?? session.folderFor(labels);
  const wishes = {
    ...(typeof args.paused === 'boolean' ? { isPaused: args.paused } : {}),
    ...(textsOf(args, 'labels') === undefined ? {} : { labels: textsOf(args, 'labels')! }),
    ...(numbersOf(args, 'files-unwanted') === undefined
      ? {}
      : { unwanted: numbersOf(args, 'files-unwanted')! }),
  };
  const { held, isNew } = await addSource(session, args, { folder, wishes });
  const told = { id: held.entry.id, name: held.name, hashString: held.entry.key.slice(0, 40) };
  return isNew ? { 'torrent-added': told } : { 'torrent-duplicate': told };
}

async function addSource(
  session: Session,
  args: Arguments,
  options: Parameters<Session['addLink']>[1],
): Promise<{ readonly held: Held; readonly isNew: boolean }> {
  const encoded = textOf(args, 'metainfo');
  if (encoded !== undefined) return session.addTorrentBytes(Buffer.from(encoded, 'base64'), options);
  const link = textOf(args, 'filename');
  if (link === undefined) throw new ShoalError('bad-argument', 'no filename or metainfo specified');
  return session.addLink(link, options);
}

function get({ session }: ApiOptions, args: Arguments): object {
  const fields = (textsOf(args, 'fields') ?? []).filter((name) => Object.hasOwn(FIELDS, name));
  const views = sharesOf(session, args.ids).map((held) => new View(held));
  const rows = views.map((view) => fields.map((name) => FIELDS[name]!(view)));
  const torrents =
    args.format === 'table'
      ? [fields, ...rows]
      : rows.map((row) => Object.fromEntries(row.map((value, at) => [fields[at]!, value])));
  return args.ids === 'recently-active' ? { torrents, removed: [] } : { torrents };
}

async function freeSpace(_: ApiOptions, args: Arguments): Promise<object> {
  const path = textOf(args, 'path') ?? '/';
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { path, 'size-bytes': bavail * bsize, total_size: blocks * bsize };
  } catch (error) {
    throw fromSystemError(`cannot look at ${path}`, error);
  }
}

function sessionStats({ session }: ApiOptions): object {
  const running = session.all.flatMap(({ share }) => (share === undefined ? [] : [share.status()]));
  const sum = (of: (status: (typeof running)[number]) => number): number =>
    running.reduce((total, status) => total + of(status), 0);
  const stats = {
    downloadedBytes: sum(({ downloadedBytes }) => downloadedBytes),
    uploadedBytes: sum(({ uploadedBytes }) => uploadedBytes),
    filesAdded: session.all.length,
    secondsActive: Math.round(process.uptime()),
    sessionCount: 1,
  };
  return {
    torrentCount: session.all.length,
    activeTorrentCount: running.length,
    pausedTorrentCount: session.all.length - running.length,
    downloadSpeed: Math.round(sum(({ downloadRate }) => downloadRate)),
    uploadSpeed: Math.round(sum(({ uploadRate }) => uploadRate)),
    'current-stats': stats,
    'cumulative-stats': stats,
  };
}

/** In the order of the queue, so that they keep it among themselves. */
const move =
  (placeOf: (place: number, count: number) => number): Method =>
  ({ session }, { ids }) => {
    const moved = new Set(sharesOf(session, ids));
    const order = session.queue.filter((held) => moved.has(held));
    if (order.length === 0) return {};
    session.reorder(order, Math.max(0, placeOf(session.queue.indexOf(order[0]!), session.queue.length)));
    return {};
  };

const start =
  (isForced: boolean): Method =>
  ({ session }, { ids }) =>
    each(sharesOf(session, ids), (held) => session.resume(held, isForced));

async function updateBlocklist({ session }: ApiOptions): Promise<object> {
  const { blocklistUrl } = session.settings;
  return { 'blocklist-size': await session.blocklist.update(blocklistUrl, session.reach) };
}

/** Bandwidth groups are labels that have limits. */
function groupGet({ session }: ApiOptions, args: Arguments): object {
  const wanted = typeof args.group === 'string' ? [args.group] : textsOf(args, 'group');
  const group = Object.entries(session.settings.labels)
    .filter(([name]) => wanted === undefined || wanted.includes(name))
    .map(([name, { downloadLimit, uploadLimit }]) => ({
      name,
      honorsSessionLimits: true,
      'speed-limit-down': Math.round((downloadLimit ?? 0) / KILO),
      'speed-limit-down-enabled': typeof downloadLimit === 'number',
      'speed-limit-up': Math.round((uploadLimit ?? 0) / KILO),
      'speed-limit-up-enabled': typeof uploadLimit === 'number',
    }));
  return { group };
}

function groupSet({ session }: ApiOptions, args: Arguments): object {
  const name = textOf(args, 'name');
  if (name === undefined) throw new ShoalError('bad-argument', 'no group name given');
  const before = session.settings.labels[name] ?? {};
  const limit = (which: string, old: number | null): number | null => {
    const value = numberOf(args, `speed-limit-${which}`);
    return switched(
      value === undefined ? undefined : value * KILO,
      flagOf(args, `speed-limit-${which}-enabled`),
      old,
      KILO * KILO,
    );
  };
  const group = {
    ...before,
    downloadLimit: limit('down', before.downloadLimit ?? null),
    uploadLimit: limit('up', before.uploadLimit ?? null),
  };
  session.configure({ labels: { ...session.settings.labels, [name]: group } });
  return {};
}

export const METHODS: Readonly<Record<string, Method>> = {
  'torrent-add': add,
  'torrent-get': get,
  'torrent-set': torrentSet,
  'torrent-start': start(false),
  'torrent-start-now': start(true),
  'torrent-stop': ({ session }, { ids }) => each(sharesOf(session, ids), (held) => session.pause(held)),
  'torrent-remove': ({ session }, args) =>
    each(sharesOf(session, args.ids), (held) => session.remove(held, args['delete-local-data'] === true)),
  'torrent-verify': ({ session }, { ids }) => each(sharesOf(session, ids), (held) => session.verify(held)),
  'torrent-reannounce': ({ session }, { ids }) =>
    each(sharesOf(session, ids), ({ share }) => share?.reannounce()),
  'torrent-set-location': ({ session }, args) =>
    each(sharesOf(session, args.ids), (held) => {
      const location = textOf(args, 'location');
      if (location === undefined) throw new ShoalError('bad-argument', 'no location');
      return args.move === true ? session.move(held, location) : session.relocate(held, location);
    }),
  'torrent-rename-path': renamePath,
  'queue-move-top': move(() => 0),
  'queue-move-up': move((place) => place - 1),
  'queue-move-down': move((place) => place + 1),
  'queue-move-bottom': move((_, count) => count),
  'session-get': sessionGet,
  'session-set': sessionSet,
  'session-stats': sessionStats,
  'session-close': ({ onClose }) => {
    // The answer goes out first.
    setImmediate(() => onClose?.());
    return {};
  },
  'free-space': freeSpace,
  'blocklist-update': updateBlocklist,
  // Nobody outside is asked: that somebody of another network reached us proves it, that nobody did proves nothing.
  'port-test': ({ session }) => ({ 'port-is-open': session.peer.wasReached }),
  'group-get': groupGet,
  'group-set': groupSet,
};
