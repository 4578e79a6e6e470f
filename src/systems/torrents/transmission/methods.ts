/** Transmission's RPC methods by name. An argument takes effect or is refused; none is ignored. */
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { stalled } from '../../../ground/node/time-limit.ts';
import { actOnEach } from '../roster/act-on-each.ts';
import { requireFolder } from '../roster/folders.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { labelOf } from '../settings.ts';
import {
  type Arguments,
  flagOf,
  folderOf,
  KILO,
  rateOf,
  requireKnown,
  sharesOf,
  switched,
  textOf,
  textsOf,
} from './arguments.ts';
import type { RpcContext } from './context.ts';
import { FIELDS, View } from './fields.ts';
import { sessionGet, sessionSet } from './session.ts';
import { torrentAdd } from './torrent-add.ts';
import { renamePath, torrentSet } from './torrent-set.ts';

/** The only argument of methods that take shares and nothing else. */
const IDS: ReadonlySet<string> = new Set(['ids']);

type Method = (options: RpcContext, args: Arguments) => object | Promise<object>;

const each = async (
  entries: readonly RosterEntry[],
  act: (entry: RosterEntry) => unknown,
): Promise<object> => {
  await actOnEach(entries, act);
  return {};
};

function get({ roster, removed }: RpcContext, args: Arguments): object {
  requireKnown('torrent-get', args, new Set(['ids', 'fields', 'format']));
  const fields = (textsOf(args, 'fields') ?? []).filter((name) => Object.hasOwn(FIELDS, name));
  const views = sharesOf(roster, args.ids).map((entry) => new View(entry, roster.settings));
  const rows = views.map((view) => fields.map((name) => FIELDS[name]!(view)));
  const torrents =
    args.format === 'table'
      ? [fields, ...rows]
      : rows.map((row) => Object.fromEntries(row.map((value, at) => [fields[at]!, value])));
  return args.ids === 'recently-active' ? { torrents, removed: removed.recent() } : { torrents };
}

async function freeSpace({ roster }: RpcContext, args: Arguments): Promise<object> {
  const path = textOf(args, 'path') ?? '/';
  try {
    const room = await roster.space.look(path);
    if (room === undefined) throw stalled(path);
    return { path, 'size-bytes': room.free, total_size: room.total };
  } catch (error) {
    throw fromSystemError(`cannot look at ${path}`, error);
  }
}

/** Totals of the present shares over all runs; removed shares do not count. */
function totalsOf({ all }: Roster): { readonly downloadedBytes: number; readonly uploadedBytes: number } {
  let [downloadedBytes, uploadedBytes] = [0, 0];
  for (const { totals } of all) {
    downloadedBytes += totals.downloaded;
    uploadedBytes += totals.uploaded;
  }
  return { downloadedBytes, uploadedBytes };
}

function sessionStats({ roster }: RpcContext): object {
  const running = roster.all.flatMap(({ share }) => (share === undefined ? [] : [share.status()]));
  const sum = (of: (status: (typeof running)[number]) => number): number =>
    running.reduce((total, status) => total + of(status), 0);
  const stats = {
    downloadedBytes: sum(({ downloadedBytes }) => downloadedBytes),
    uploadedBytes: sum(({ uploadedBytes }) => uploadedBytes),
    filesAdded: roster.all.length,
    secondsActive: Math.round(process.uptime()),
    sessionCount: 1,
  };
  return {
    torrentCount: roster.all.length,
    activeTorrentCount: running.length,
    pausedTorrentCount: roster.all.length - running.length,
    downloadSpeed: Math.round(sum(({ downloadRate }) => downloadRate)),
    uploadSpeed: Math.round(sum(({ uploadRate }) => uploadRate)),
    'current-stats': stats,
    'cumulative-stats': { ...stats, ...totalsOf(roster) },
  };
}

/** In the order of the queue, so that moved shares keep their order. */
const move =
  (placeOf: (place: number, count: number) => number): Method =>
  ({ roster }, { ids }) => {
    const moved = new Set(sharesOf(roster, ids));
    const order = roster.queue.filter((entry) => moved.has(entry));
    if (order.length === 0) return {};
    roster.reorder(order, Math.max(0, placeOf(roster.queue.indexOf(order[0]!), roster.queue.length)));
    return {};
  };

async function updateBlocklist({ roster }: RpcContext): Promise<object> {
  return { 'blocklist-size': await roster.blockList.update(roster.reach) };
}

/** Bandwidth groups are labels that have limits. */
function groupGet({ roster }: RpcContext, args: Arguments): object {
  const wanted = typeof args.group === 'string' ? [args.group] : textsOf(args, 'group');
  const group = Object.entries(roster.settings.labels)
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

const GROUP: ReadonlySet<string> = new Set([
  'name',
  'honorsSessionLimits',
  'speed-limit-down',
  'speed-limit-down-enabled',
  'speed-limit-up',
  'speed-limit-up-enabled',
]);

function groupSet({ roster }: RpcContext, args: Arguments): object {
  requireKnown('group-set', args, GROUP);
  const name = textOf(args, 'name');
  if (name === undefined) throw new ShoalError('bad-argument', 'no group name given');
  if (flagOf(args, 'honorsSessionLimits') === false)
    throw new ShoalError('unsupported', 'the limits of all hold for every group: set it for single shares');
  const before = labelOf(roster.settings.labels, name) ?? {};
  const limit = (which: string, old: number | null): number | null => {
    return switched(
      rateOf(args, `speed-limit-${which}`),
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
  roster.configure({ labels: { ...roster.settings.labels, [name]: group } });
  return {};
}

/** A method that takes shares and no other argument. */
const onShares =
  (name: string, act: (context: RpcContext, entry: RosterEntry) => unknown): Method =>
  (context, args) => {
    requireKnown(name, args, IDS);
    return each(sharesOf(context.roster, args.ids), (entry) => act(context, entry));
  };

function remove({ roster }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-remove', args, new Set(['ids', 'delete-local-data']));
  const deletesData = flagOf(args, 'delete-local-data') === true;
  return each(sharesOf(roster, args.ids), (entry) => roster.remove(entry, deletesData));
}

async function setLocation({ roster }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-set-location', args, new Set(['ids', 'location', 'move']));
  const location = folderOf(args, 'location');
  if (location === undefined) throw new ShoalError('bad-argument', 'no location');
  const moves = flagOf(args, 'move') === true;
  if (!moves) await requireFolder(location);
  return each(sharesOf(roster, args.ids), (entry) =>
    moves ? roster.move(entry, location) : roster.relocate(entry, location),
  );
}

/** No outside service is asked. A connection from another network proves that the port is open; none proves nothing. */
function portTest({ roster }: RpcContext): object {
  if (roster.peer.wasReached) return { 'port-is-open': true };
  throw new ShoalError(
    'unsupported',
    `it is unknown whether port ${roster.peer.port} is open: no peer of another network has connected since the start, and Shoal asks no outside service`,
  );
}

export const METHODS: Readonly<Record<string, Method>> = {
  'torrent-add': torrentAdd,
  'torrent-get': get,
  'torrent-set': torrentSet,
  'torrent-start': onShares('torrent-start', ({ roster }, entry) => roster.resume(entry)),
  'torrent-start-now': onShares('torrent-start-now', ({ roster }, entry) => roster.resume(entry, true)),
  'torrent-stop': onShares('torrent-stop', ({ roster }, entry) => roster.pause(entry)),
  'torrent-remove': remove,
  'torrent-verify': onShares('torrent-verify', ({ roster }, entry) => roster.verify(entry)),
  'torrent-reannounce': onShares('torrent-reannounce', (_, { share }) => share?.reannounce()),
  'torrent-set-location': setLocation,
  'torrent-rename-path': renamePath,
  'queue-move-top': move(() => 0),
  'queue-move-up': move((place) => place - 1),
  'queue-move-down': move((place) => place + 1),
  'queue-move-bottom': move((_, count) => count),
  'session-get': sessionGet,
  'session-set': sessionSet,
  'session-stats': sessionStats,
  'session-close': ({ onClose }) => {
    // After the answer was sent.
    setImmediate(() => onClose?.());
    return {};
  },
  'free-space': freeSpace,
  'blocklist-update': updateBlocklist,
  'port-test': portTest,
  'group-get': groupGet,
  'group-set': groupSet,
};
