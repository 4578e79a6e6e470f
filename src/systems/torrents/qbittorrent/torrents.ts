/** A share in the terms of qBittorrent's Web API v2. */
import { dirname, join } from 'node:path';
import type { PeerStatus } from '../share/status.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { Geometry } from '../../../data/content/geometry.ts';
import { parseHostPort } from '../../../ground/address.ts';
import { ratioOf } from '../core/ratio.ts';
import { goalsOf } from '../roster/goals.ts';
import { labelOf } from '../settings.ts';
import { numberOfFiles } from './files.ts';
import { AS_ALL } from './form.ts';
import { phaseOf } from '../api/summary.ts';
import type { Phase } from '../api/types.ts';

/** "For ever", in its terms. */
export const FOREVER = 8_640_000;
const seconds = (date: Date | undefined): number =>
  date === undefined ? -1 : Math.floor(date.getTime() / 1000);

/** Its states, for a share that is whole and for one that is not. */
const STATES: Readonly<Record<Phase, readonly [string, string]>> = {
  paused: ['pausedUP', 'pausedDL'],
  waiting: ['queuedUP', 'queuedDL'],
  metadata: ['metaDL', 'metaDL'],
  checking: ['checkingUP', 'checkingDL'],
  fetching: ['uploading', 'downloading'],
  resting: ['error', 'error'],
  seeding: ['uploading', 'uploading'],
  failed: ['error', 'error'],
};

/** States in which a share does not wait for others. */
const FORCED: Readonly<Partial<Record<Phase, string>>> = {
  metadata: 'forcedMetaDL',
  fetching: 'forcedDL',
  seeding: 'forcedUP',
};

export function stateOf(entry: RosterEntry): string {
  const phase = phaseOf(entry);
  const status = entry.share?.status();
  const [whole, partial] = STATES[phase];
  if (phase === 'failed' && entry.failure?.code === 'not-found') return 'missingFiles';
  if (entry.stored.preferences.isForced && FORCED[phase] !== undefined) return FORCED[phase];
  if (phase === 'fetching') return (status?.downloadRate ?? 0) > 0 ? 'downloading' : 'stalledDL';
  if (phase === 'seeding') return (status?.uploadRate ?? 0) > 0 ? 'uploading' : 'stalledUP';
  return entry.isWhole ? whole : partial;
}

/** A category is a label with settings of its own; the other labels are tags. */
export function categoryOf(roster: Roster, entry: RosterEntry): string {
  return (
    entry.stored.preferences.labels.find((label) => labelOf(roster.settings.labels, label) !== undefined) ??
    ''
  );
}

export function tagsOf(roster: Roster, entry: RosterEntry): string[] {
  const category = categoryOf(roster, entry);
  return entry.stored.preferences.labels.filter((label) => label !== category);
}

/** The path of the file or folder of the share. */
function contentPathOf(entry: RosterEntry): string {
  if (entry.stored.kind === 'place') return entry.stored.folder;
  const root = entry.paths().find((path) => path !== undefined)?.[0];
  return root === undefined ? entry.stored.folder : join(entry.stored.folder, root);
}

/** "No limit" and "no goal". */
const NONE = -1;

/** A share's own goal. */
const limitOf = (goal: number | null | undefined): number => (goal === undefined ? AS_ALL : (goal ?? NONE));

/** Programs expect whole minutes; our own commands count in seconds. */
const wholeMinutes = <Goal extends number | null | undefined>(goal: Goal): Goal | number =>
  typeof goal === 'number' ? Math.ceil(goal) : goal;

export function infoOf(roster: Roster, entry: RosterEntry): Readonly<Record<string, unknown>> {
  const { stored, totals } = entry;
  const { preferences } = stored;
  const goals = goalsOf(preferences, roster.settings);
  const status = entry.share?.status();
  const { total, done } = entry.size();
  return {
    hash: stored.key.slice(0, 40),
    infohash_v1: entry.infoHashes.v1 ?? '',
    infohash_v2: entry.infoHashes.v2 ?? '',
    name: entry.name,
    magnet_uri: entry.magnet,
    size: total,
    total_size: total,
    progress: total === 0 ? 0 : done / total,
    dlspeed: Math.round(status?.downloadRate ?? 0),
    upspeed: Math.round(status?.uploadRate ?? 0),
    priority: preferences.position + 1,
    num_seeds: status?.seeds ?? 0,
    num_leechs: (status?.peers ?? 0) - (status?.seeds ?? 0),
    num_complete: status?.trackers.find(({ seeders }) => seeders !== undefined)?.seeders ?? -1,
    num_incomplete: status?.trackers.find(({ leechers }) => leechers !== undefined)?.leechers ?? -1,
    ratio: ratioOf(totals.uploaded, total),
    eta: status?.secondsLeft === undefined ? FOREVER : Math.round(status.secondsLeft),
    state: stateOf(entry),
    seq_dl: preferences.isSequential,
    f_l_piece_prio: preferences.isEndsFirst === true,
    category: categoryOf(roster, entry),
    tags: tagsOf(roster, entry).join(', '),
    super_seeding: false,
    force_start: preferences.isForced,
    save_path: entry.downloadDir,
    download_path: '',
    content_path: contentPathOf(entry),
    root_path: entry.fileCount > 1 ? contentPathOf(entry) : dirname(contentPathOf(entry)),
    added_on: seconds(stored.addedAt),
    completion_on: seconds(stored.doneAt),
    last_activity: seconds(entry.times.movedAt),
    seen_complete: -1,
    tracker: status?.trackers.find(({ state }) => state === 'working')?.url ?? '',
    trackers_count: status?.trackers.length ?? 0,
    dl_limit: preferences.downloadLimit ?? -1,
    up_limit: preferences.uploadLimit ?? -1,
    downloaded: totals.downloaded,
    uploaded: totals.uploaded,
    downloaded_session: status?.downloadedBytes ?? 0,
    uploaded_session: status?.uploadedBytes ?? 0,
    amount_left: total - done,
    completed: done,
    ratio_limit: limitOf(preferences.ratioGoal),
    seeding_time_limit: limitOf(wholeMinutes(preferences.seedingGoal)),
    inactive_seeding_time_limit: limitOf(preferences.idleGoal),
    max_ratio: goals.ratio ?? NONE,
    max_seeding_time: wholeMinutes(goals.seeding) ?? NONE,
    max_inactive_seeding_time: goals.idle ?? NONE,
    seeding_time: entry.times.seedingSeconds,
    time_active: entry.times.fetchingSeconds + entry.times.seedingSeconds,
    has_metadata: entry.fileCount > 0,
    auto_tmm: false,
    availability: -1,
    private: entry.metainfo?.info.isPrivate === true,
  };
}

export function propertiesOf(roster: Roster, entry: RosterEntry): object {
  const info = infoOf(roster, entry);
  const { metainfo, share } = entry;
  const status = share?.status();
  return {
    ...info,
    addition_date: info.added_on,
    completion_date: info.completion_on,
    creation_date: metainfo?.creationDate ?? -1,
    comment: metainfo?.comment ?? '',
    created_by: metainfo?.createdBy ?? '',
    piece_size: metainfo?.info.pieceLength ?? -1,
    pieces_num: status?.pieceCount ?? entry.pieces()?.length ?? 0,
    pieces_have: entry.pieces()?.count ?? 0,
    total_downloaded: info.downloaded,
    total_uploaded: info.uploaded,
    total_downloaded_session: info.downloaded_session,
    total_uploaded_session: info.uploaded_session,
    share_ratio: info.ratio,
    name: entry.name,
    dl_speed: info.dlspeed,
    up_speed: info.upspeed,
    nb_connections: status?.peers ?? 0,
    nb_connections_limit: entry.stored.preferences.maxPeers ?? roster.settings.maxPeersEach,
    peers: info.num_leechs,
    seeds: info.num_seeds,
    time_elapsed: info.time_active,
    is_private: info.private,
  };
}

/** @param chosen indexes; all when absent */
export function filesOf(entry: RosterEntry, chosen?: ReadonlySet<number>): object[] {
  const done = entry.fileProgress();
  const names = entry.paths();
  const numbers = numberOfFiles(entry);
  const { metainfo } = entry;
  const geometry = metainfo === undefined ? undefined : new Geometry(metainfo.info);
  return [...(metainfo?.info.files ?? []).entries()]
    .filter(([index, { isPad }]) => !isPad && chosen?.has(index) !== false)
    .map(([index, { lengthBytes }]) => ({
      index,
      name: names[index]?.join('/') ?? '',
      size: lengthBytes,
      progress: lengthBytes === 0 ? 1 : (done[index] ?? 0) / lengthBytes,
      priority: numbers(index),
      is_seed: entry.isWhole,
      // An empty file has no piece: that of its place.
      piece_range: geometry?.filePieces(index) ?? emptyRange(geometry, index),
      availability: -1,
    }));
}

function emptyRange(geometry: Geometry | undefined, file: number): readonly [number, number] {
  if (geometry === undefined) return [0, 0];
  const last = Math.max(0, geometry.pieceCount - 1);
  const piece = Math.min(last, Math.floor(geometry.files[file]!.offset / geometry.nominalPieceLength));
  return [piece, piece];
}

const TRACKER_STATES = { waiting: 1, asking: 3, working: 2, failed: 4 } as const;

/** Behind the ways to find peers without trackers, which it lists first. */
export function trackersOf(roster: Roster, entry: RosterEntry): object[] {
  const status = entry.share?.status();
  const { usesPex, usesLsd } = roster.inEffect;
  const isOpen = status !== undefined && entry.metainfo?.info.isPrivate !== true;
  const special = (url: string, isOn: boolean): object => ({
    url,
    status: isOn ? 2 : 0,
    tier: -1,
    msg: '',
    num_peers: 0,
    num_seeds: 0,
    num_leeches: 0,
    num_downloaded: 0,
  });
  const own = (status?.trackers ?? []).map(({ url, tier, state, message, seeders, leechers }) => ({
    url,
    status: TRACKER_STATES[state],
    tier,
    msg: message ?? '',
    num_peers: status?.peers ?? 0,
    num_seeds: seeders ?? -1,
    num_leeches: leechers ?? -1,
    num_downloaded: -1,
  }));
  return [
    special('** [DHT] **', status?.dht !== undefined),
    special('** [PeX] **', isOpen && usesPex),
    special('** [LSD] **', isOpen && usesLsd),
    ...own,
  ];
}

/** I: it dialled us; E: all of the stream is encrypted, e: its handshake. */
function flagsOf({ isIncoming, encryption, transport }: PeerStatus): string {
  const encrypted = { none: '', plaintext: 'e', rc4: 'E' }[encryption];
  return [isIncoming ? 'I' : '', encrypted, transport === 'utp' ? 'P' : '']
    .filter((flag) => flag !== '')
    .join(' ');
}

export function peersOf({ share }: RosterEntry, rid: number): object {
  const peers = (share?.peers() ?? []).map((peer) => {
    // A place in an overlay network has neither.
    const { host, port } = parseHostPort(peer.address) ?? { host: peer.address, port: 0 };
    return [
      peer.address,
      {
        ip: host,
        port,
        client: peer.client,
        progress: peer.progress,
        dl_speed: Math.round(peer.downloadRate),
        up_speed: Math.round(peer.uploadRate),
        downloaded: peer.downloadedBytes,
        uploaded: peer.uploadedBytes,
        connection: peer.transport === 'utp' ? 'μTP' : 'BT',
        flags: flagsOf(peer),
      },
    ] as const;
  });
  return {
    rid: (Number.isSafeInteger(rid) ? rid : 0) + 1,
    full_update: true,
    peers: Object.fromEntries(peers),
  };
}
