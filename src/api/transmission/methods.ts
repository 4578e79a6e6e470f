/** Transmission's RPC methods by name. Arguments that say nothing that this peer knows are ignored, as Transmission does. */
import { statfs } from 'node:fs/promises';
import { fromSystemError, ShoalError } from '../../ground/errors.ts';
import { VERSION } from '../../peer/version.ts';
import type { Held } from '../../session/held.ts';
import type { Session } from '../../session/session.ts';
import type { ApiOptions } from '../options.ts';
import { FIELDS, View } from './fields.ts';

type Arguments = Readonly<Record<string, unknown>>;
type Method = (options: ApiOptions, args: Arguments) => object | Promise<object>;

const RPC_VERSION = 17;
const RPC_VERSION_MINIMUM = 1;
/** Transmission counts limits in units of 1000 bytes a second. */
const KILO = 1000;
/** What is shown, and used when a limit is switched on without a number. */
const DEFAULT_LIMIT = 100 * KILO;
/** `recently-active`: what changed since the last question, which programs ask every few seconds. */
const RECENT_MS = 60_000;

/** `ids`: one, a list of ids and hashes, `recently-active`, or all when absent. */
function sharesOf(session: Session, ids: unknown): Held[] {
  if (ids === undefined) return [...session.all];
  if (ids === 'recently-active') {
    const since = Date.now() - RECENT_MS;
    return session.all.filter(
      ({ share, activeAt, entry }) =>
        share !== undefined || Math.max(activeAt?.getTime() ?? 0, entry.addedAt.getTime()) > since,
    );
  }
  const list = Array.isArray(ids) ? ids : [ids];
  return list
    .map((id) => (typeof id === 'number' ? session.find(id) : session.findByHash(String(id))))
    .filter((held) => held !== undefined);
}

function textOf(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numbersOf(args: Arguments, name: string): number[] | undefined {
  const value = args[name];
  if (!Array.isArray(value)) return undefined;
  return value.filter((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

function textsOf(args: Arguments, name: string): string[] | undefined {
  const value = args[name];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
}

const each = async (held: readonly Held[], act: (held: Held) => unknown): Promise<object> => {
  for (const one of held) await act(one);
  return {};
};

async function add({ session, downloadDir }: ApiOptions, args: Arguments): Promise<object> {
  const folder = textOf(args, 'download-dir') ?? downloadDir;
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

async function set({ session }: ApiOptions, args: Arguments): Promise<object> {
  return each(sharesOf(session, args.ids), async (held) => {
    const { wishes } = held.entry;
    const limit = (name: string, before: number | undefined): number | undefined => {
      const value = args[`${name}Limit`];
      const isLimited = args[`${name}Limited`];
      if (isLimited === false) return undefined;
      return typeof value === 'number' && value >= 0 ? value * KILO : before;
    };
    session.change(held, {
      downloadLimit: limit('download', wishes.downloadLimit),
      uploadLimit: limit('upload', wishes.uploadLimit),
      labels: textsOf(args, 'labels') ?? wishes.labels,
      position: typeof args.queuePosition === 'number' ? args.queuePosition : wishes.position,
    });
    await select(session, held, args);
  });
}

async function select(session: Session, held: Held, args: Arguments): Promise<void> {
  const [wanted, unwanted] = [numbersOf(args, 'files-wanted'), numbersOf(args, 'files-unwanted')];
  if (wanted === undefined && unwanted === undefined) return;
  const all = [...(held.metainfo?.info.files.keys() ?? [])];
  const next = new Set(held.entry.wishes.unwanted);
  // An empty list means every file.
  for (const file of unwanted?.length === 0 ? all : (unwanted ?? [])) next.add(file);
  for (const file of wanted?.length === 0 ? all : (wanted ?? [])) next.delete(file);
  await session.select(
    held,
    all.filter((file) => next.has(file)),
  );
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

function sessionGet({ session, downloadDir, port }: ApiOptions, args: Arguments): object {
  const { peer } = session;
  const all: Readonly<Record<string, unknown>> = {
    version: `${VERSION} (Shoal)`,
    'rpc-version': RPC_VERSION,
    'rpc-version-minimum': RPC_VERSION_MINIMUM,
    'rpc-version-semver': '5.3.0',
    'config-dir': peer.state.folder,
    'download-dir': downloadDir,
    'download-dir-free-space': 0,
    'incomplete-dir': downloadDir,
    'incomplete-dir-enabled': false,
    'peer-port': peer.port,
    'peer-port-random-on-start': false,
    'rpc-port': port ?? 0,
    'dht-enabled': peer.dht !== undefined,
    'pex-enabled': true,
    'lpd-enabled': true,
    'utp-enabled': false,
    encryption: 'tolerated',
    'speed-limit-down': kilo(peer.limits.download),
    'speed-limit-down-enabled': Number.isFinite(peer.limits.download),
    'speed-limit-up': kilo(peer.limits.upload),
    'speed-limit-up-enabled': Number.isFinite(peer.limits.upload),
    'alt-speed-enabled': false,
    'alt-speed-down': 50,
    'alt-speed-up': 50,
    'alt-speed-time-enabled': false,
    'alt-speed-time-begin': 540,
    'alt-speed-time-end': 1020,
    'alt-speed-time-day': 127,
    'blocklist-enabled': false,
    'blocklist-size': 0,
    'blocklist-url': '',
    'cache-size-mb': 28,
    'download-queue-enabled': false,
    'download-queue-size': 0,
    'seed-queue-enabled': false,
    'seed-queue-size': 0,
    'queue-stalled-enabled': false,
    'queue-stalled-minutes': 0,
    'idle-seeding-limit': 30,
    'idle-seeding-limit-enabled': false,
    seedRatioLimit: 2,
    seedRatioLimited: false,
    'peer-limit-global': 0,
    'peer-limit-per-torrent': 100,
    'port-forwarding-enabled': false,
    'rename-partial-files': true,
    'script-torrent-done-enabled': false,
    'script-torrent-done-filename': '',
    'start-added-torrents': session.settings.startsAdded,
    'trash-original-torrent-files': false,
    units: {
      'speed-units': ['kB/s', 'MB/s', 'GB/s', 'TB/s'],
      'speed-bytes': KILO,
      'size-units': ['kB', 'MB', 'GB', 'TB'],
      'size-bytes': KILO,
      'memory-units': ['KiB', 'MiB', 'GiB', 'TiB'],
      'memory-bytes': 1024,
    },
  };
  const fields = textsOf(args, 'fields');
  if (fields === undefined) return all;
  return Object.fromEntries(
    fields.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]),
  );
}

const kilo = (rate: number): number => Math.round((Number.isFinite(rate) ? rate : DEFAULT_LIMIT) / KILO);

function sessionSet({ session }: ApiOptions, args: Arguments): object {
  const { settings } = session;
  const limit = (name: string, before: number | null): number | null => {
    const value = args[`speed-limit-${name}`];
    const isOn = args[`speed-limit-${name}-enabled`];
    if (isOn === false) return null;
    const wanted = typeof value === 'number' && value >= 0 ? value * KILO : (before ?? DEFAULT_LIMIT);
    return isOn === true || before !== null ? wanted : null;
  };
  const starts = args['start-added-torrents'];
  session.configure({
    downloadLimit: limit('down', settings.downloadLimit),
    uploadLimit: limit('up', settings.uploadLimit),
    startsAdded: typeof starts === 'boolean' ? starts : settings.startsAdded,
  });
  return {};
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

const start: Method = ({ session }, { ids }) => each(sharesOf(session, ids), (held) => session.start(held));

export const METHODS: Readonly<Record<string, Method>> = {
  'torrent-add': add,
  'torrent-get': get,
  'torrent-set': set,
  'torrent-start': start,
  'torrent-start-now': start,
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
  'session-get': sessionGet,
  'session-set': sessionSet,
  'session-stats': sessionStats,
  'session-close': ({ onClose }) => {
    // The answer goes out first.
    setImmediate(() => onClose?.());
    return {};
  },
  'free-space': freeSpace,
};
