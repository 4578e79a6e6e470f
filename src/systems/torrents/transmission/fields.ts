/** A share in the terms of Transmission's `torrent-get`. A field is computed only when it is requested. */
import { Geometry } from '../../../data/content/geometry.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { parseHostPort } from '../../../ground/address.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import type { PeerStatus, SharePhase, ShareStatus } from '../share/status.ts';
import type { RosterEntry } from '../roster/entry.ts';
import { goalsOf } from '../roster/goals.ts';
import { labelOf, type Settings } from '../settings.ts';
import type { Priority } from '../core/preferences.ts';
import { ratioOf } from '../core/ratio.ts';
import { mediaTypeOf } from '../media/types.ts';

/** `tr_torrent_activity` */
const ACTIVITY = {
  stopped: 0,
  checkWait: 1,
  checking: 2,
  fetchWait: 3,
  fetching: 4,
  seedWait: 5,
  seeding: 6,
};
/** Our phases in its terms. Transmission has no state for missing metadata, and none for a disk that refuses. */
const PHASES: Readonly<Record<SharePhase, keyof typeof ACTIVITY>> = {
  metadata: 'fetching',
  checking: 'checking',
  fetching: 'fetching',
  resting: 'fetching',
  seeding: 'seeding',
  failed: 'stopped',
  stopped: 'stopped',
};
/** `TR_STAT_LOCAL_ERROR` */
const LOCAL_ERROR = 3;
/** Of announces: it is not asked, waits for its time, is asked. */
const [INACTIVE, WAITING, ASKING] = [0, 1, 3];
const NO_ETA = -1;
const LEVELS: Readonly<Record<Priority, number>> = { low: -1, normal: 0, high: 1 };
/** In `availability`: the piece is here. */
const HERE = -1;
const UNKNOWN_MIME_TYPE = 'application/octet-stream';
const DEFAULT_RATIO = 2;
const DEFAULT_IDLE = 30;
/** The setting of the daemon, a goal of the share, no goal. */
const modeOf = (goal: number | null | undefined): number => (goal === undefined ? 0 : goal === null ? 2 : 1);

/** The sources of the fields of one share, each computed once. */
export class View {
  readonly entry: RosterEntry;
  readonly settings: Settings;
  readonly status: ShareStatus | undefined;
  readonly metainfo: Metainfo | undefined;
  #geometry: Geometry | undefined;
  #have: Bitfield | undefined;
  #wanted: { readonly total: number; readonly done: number } | undefined;

  constructor(entry: RosterEntry, settings: Settings) {
    this.entry = entry;
    this.settings = settings;
    this.status = entry.share?.status();
    this.metainfo = entry.metainfo;
  }

  get geometry(): Geometry | undefined {
    if (this.metainfo !== undefined) this.#geometry ??= new Geometry(this.metainfo.info);
    return this.#geometry;
  }

  get have(): Bitfield {
    const { geometry } = this;
    this.#have ??=
      this.entry.share?.pieceMap() ??
      (geometry === undefined
        ? undefined
        : Bitfield.fromBytes(this.entry.record()?.have ?? new Uint8Array(0), geometry.pieceCount)) ??
      new Bitfield(geometry?.pieceCount ?? 0);
    return this.#have;
  }

  get unwanted(): ReadonlySet<number> {
    return new Set(this.entry.stored.preferences.unwanted);
  }

  /** Proved bytes of each file. */
  fileBytes(): number[] {
    const { geometry, metainfo, have } = this;
    if (geometry === undefined || metainfo === undefined) return [];
    const done = metainfo.info.files.map((file) => (have.isFull ? file.lengthBytes : 0));
    if (have.isFull || have.isEmpty) return done;
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
      if (!have.has(piece)) continue;
      for (const { file, length } of geometry.slices(piece, 0, geometry.pieceLength(piece)))
        done[file]! += length;
    }
    return done;
  }

  /** Wanted bytes, and how many of them are proved. */
  get wanted(): { readonly total: number; readonly done: number } {
    this.#wanted ??= this.entry.size();
    return this.#wanted;
  }

  get activity(): number {
    const { entry, status } = this;
    const isWhole = this.wanted.total > 0 && this.wanted.done === this.wanted.total;
    if (entry.isInQueue || entry.isShortOfRoom) return isWhole ? ACTIVITY.seedWait : ACTIVITY.fetchWait;
    if (status === undefined) return ACTIVITY.stopped;
    return ACTIVITY[PHASES[status.phase]];
  }

  /** Minutes without data, while it runs. */
  get idleMinutes(): number {
    return (performance.now() - this.entry.movedAt) / 60_000;
  }

  get trouble(): string {
    return this.entry.failure?.message ?? this.status?.troubles[0]?.message ?? '';
  }
}

const seconds = (date: Date | undefined): number =>
  date === undefined ? 0 : Math.floor(date.getTime() / 1000);
/** `TR_RATIO_NA` */
const NO_RATIO = -1;
const kilobytes = (bytes: number | undefined): number => Math.round((bytes ?? 0) / 1000);

/** In the order of their ids. */
export function trackersOf({
  metainfo,
  entry,
  status,
}: View): { readonly url: string; readonly tier: number }[] {
  if (status !== undefined && entry.stored.preferences.announce === undefined)
    return status.trackers.map(({ url, tier }) => ({ url, tier }));
  const { announce } = entry.stored.preferences;
  if (announce !== undefined)
    return announce.flatMap((tier, index) => tier.map((url) => ({ url, tier: index })));
  const own = (metainfo?.trackers ?? []).flatMap((tier, index) => tier.map((url) => ({ url, tier: index })));
  return [
    ...own,
    ...entry.stored.preferences.trackers.map((url, index) => ({ url, tier: own.length + index })),
  ];
}

const siteOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : url);

/** By the names of Transmission's specification. */
export const FIELDS: Readonly<Record<string, (view: View) => unknown>> = {
  id: ({ entry }) => entry.stored.id,
  hashString: ({ entry }) => entry.stored.key.slice(0, 40),
  // Programs look for the data under this name.
  name: ({ entry }) => entry.paths().find((path) => path !== undefined)?.[0] ?? entry.ownName,
  status: (view) => view.activity,
  error: (view) => (view.trouble === '' ? 0 : LOCAL_ERROR),
  errorString: (view) => view.trouble,
  totalSize: ({ geometry }) => geometry?.dataLength ?? 0,
  sizeWhenDone: (view) => view.wanted.total,
  leftUntilDone: (view) => view.wanted.total - view.wanted.done,
  desiredAvailable,
  haveValid: (view) => view.wanted.done,
  haveUnchecked: () => 0,
  corruptEver: () => 0,
  percentDone: ({ wanted }) => (wanted.total === 0 ? 0 : wanted.done / wanted.total),
  percentComplete: (view) => {
    const total = view.geometry?.dataLength ?? 0;
    const { files } = view.metainfo?.info ?? { files: [] };
    const done = view.fileBytes().reduce((sum, bytes, file) => sum + (files[file]!.isPad ? 0 : bytes), 0);
    return total === 0 ? 0 : done / total;
  },
  metadataPercentComplete: ({ metainfo }) => (metainfo === undefined ? 0 : 1),
  recheckProgress: ({ status }) =>
    status?.phase === 'checking' && status.totalBytes > 0 ? status.doneBytes / status.totalBytes : 0,
  rateDownload: ({ status }) => Math.round(status?.downloadRate ?? 0),
  rateUpload: ({ status }) => Math.round(status?.uploadRate ?? 0),
  downloadedEver: ({ entry }) => entry.totals.downloaded,
  uploadedEver: ({ entry }) => entry.totals.uploaded,
  uploadRatio: ({ entry: { totals }, wanted }) =>
    wanted.total === 0 ? NO_RATIO : ratioOf(totals.uploaded, wanted.total),
  eta,
  etaIdle: ({ entry, status, settings, idleMinutes }) => {
    const { idle } = goalsOf(entry.stored.preferences, settings);
    if (idle === null || status?.phase !== 'seeding' || status.uploadRate > 0) return NO_ETA;
    return Math.max(0, Math.round((idle - idleMinutes) * 60));
  },
  isFinished: ({ entry: { stored } }) =>
    stored.preferences.isPaused && stored.preferences.isFinished === true,
  isStalled: ({ status, settings, idleMinutes }) =>
    (status?.phase === 'fetching' || status?.phase === 'seeding') &&
    settings.stalledMinutes !== null &&
    idleMinutes > settings.stalledMinutes,
  isPrivate: ({ metainfo }) => metainfo?.info.isPrivate === true,
  addedDate: ({ entry }) => seconds(entry.stored.addedAt),
  doneDate: ({ entry }) => seconds(entry.stored.doneAt),
  activityDate: ({ entry }) => seconds(entry.times.movedAt),
  startDate: ({ entry }) => seconds(entry.times.startedAt),
  editDate: () => 0,
  manualAnnounceTime: () => 0,
  secondsDownloading: ({ entry }) => entry.times.fetchingSeconds,
  secondsSeeding: ({ entry }) => entry.times.seedingSeconds,
  downloadDir: ({ entry }) => entry.downloadDir,
  magnetLink: ({ entry }) => entry.magnet,
  torrentFile: ({ entry }) => entry.torrentPath,
  comment: ({ metainfo }) => metainfo?.comment ?? '',
  creator: ({ metainfo }) => metainfo?.createdBy ?? '',
  dateCreated: ({ metainfo }) => metainfo?.creationDate ?? 0,
  source: ({ metainfo }) => metainfo?.info.source ?? '',
  pieceCount: ({ geometry }) => geometry?.pieceCount ?? 0,
  pieceSize: ({ metainfo }) => metainfo?.info.pieceLength ?? 0,
  availability: ({ entry, have }) => {
    const availabilityOf = entry.share?.availability;
    return Array.from({ length: have.length }, (_, piece) =>
      have.has(piece) ? HERE : (availabilityOf?.(piece) ?? 0),
    );
  },
  'primary-mime-type': primaryMimeType,
  pieces: ({ have }) => Buffer.from(have.bytes).toString('base64'),
  labels: ({ entry }) => entry.stored.preferences.labels,
  queuePosition: ({ entry }) => entry.stored.preferences.position,
  bandwidthPriority: ({ entry }) => LEVELS[entry.stored.preferences.priority],
  honorsSessionLimits: ({ entry }) => !entry.stored.preferences.ignoresLimits,
  sequential_download: ({ entry }) => entry.stored.preferences.isSequential,
  group: ({ entry, settings }) => groupOf(entry, settings),
  downloadLimit: ({ entry }) => kilobytes(entry.stored.preferences.downloadLimit),
  downloadLimited: ({ entry }) => entry.stored.preferences.downloadLimit !== undefined,
  uploadLimit: ({ entry }) => kilobytes(entry.stored.preferences.uploadLimit),
  uploadLimited: ({ entry }) => entry.stored.preferences.uploadLimit !== undefined,
  seedRatioLimit: ({ entry }) => entry.stored.preferences.ratioGoal ?? DEFAULT_RATIO,
  seedRatioMode: ({ entry }) => modeOf(entry.stored.preferences.ratioGoal),
  seedIdleLimit: ({ entry }) => entry.stored.preferences.idleGoal ?? DEFAULT_IDLE,
  seedIdleMode: ({ entry }) => modeOf(entry.stored.preferences.idleGoal),
  maxConnectedPeers: ({ entry, settings }) => entry.stored.preferences.maxPeers ?? settings.maxPeersEach,
  'peer-limit': ({ entry, settings }) => entry.stored.preferences.maxPeers ?? settings.maxPeersEach,
  peersConnected: ({ status }) => status?.peers ?? 0,
  peersSendingToUs: ({ entry }) =>
    entry.share?.peers().filter(({ downloadRate }) => downloadRate > 0).length ?? 0,
  peersGettingFromUs: ({ entry }) =>
    entry.share?.peers().filter(({ uploadRate }) => uploadRate > 0).length ?? 0,
  peersFrom: ({ entry }) => {
    const from = (...sources: readonly PeerStatus['source'][]): number =>
      entry.share?.peers().filter(({ source }) => sources.includes(source)).length ?? 0;
    return {
      fromCache: from('memory'),
      fromDht: from('dht'),
      fromIncoming: from('incoming'),
      fromLpd: from('local'),
      // Named by a link or a person: it counts them here as well.
      fromLtep: from('link', 'person'),
      fromPex: from('pex'),
      fromTracker: from('tracker'),
    };
  },
  peers: ({ entry }) => (entry.share?.peers() ?? []).map(peerOf),
  webseeds: ({ metainfo }) => metainfo?.webSeeds ?? [],
  webseedsSendingToUs: () => 0,
  wanted: ({ metainfo, unwanted }) =>
    (metainfo?.info.files ?? []).map((_, file) => (unwanted.has(file) ? 0 : 1)),
  priorities: ({ metainfo, entry }) =>
    (metainfo?.info.files ?? []).map(
      (_, file) => LEVELS[entry.stored.preferences.priorities[file] ?? 'normal'],
    ),
  'file-count': ({ metainfo }) => metainfo?.info.files.length ?? 0,
  files: (view) => {
    const done = view.fileBytes();
    const paths = view.entry.paths();
    return (view.metainfo?.info.files ?? []).map(({ path, lengthBytes }, file) => ({
      name: paths[file]?.join('/') ?? nameOf(view.metainfo!, path),
      length: lengthBytes,
      bytesCompleted: done[file],
    }));
  },
  fileStats: (view) => {
    const { unwanted } = view;
    return view.fileBytes().map((bytesCompleted, file) => ({
      bytesCompleted,
      wanted: !unwanted.has(file),
      priority: LEVELS[view.entry.stored.preferences.priorities[file] ?? 'normal'],
    }));
  },
  trackers: (view) =>
    trackersOf(view).map(({ url, tier }, id) => ({
      id,
      announce: url,
      scrape: '',
      tier,
      sitename: siteOf(url),
    })),
  trackerList: (view) =>
    trackersOf(view)
      .map(({ url }) => url)
      .join('\n\n'),
  trackerStats: (view) => trackersOf(view).map(({ url, tier }, id) => trackerStatsOf(view, url, tier, id)),
};

/** Wanted and missing bytes that a connected peer has. */
function desiredAvailable({ geometry, have, entry, wanted }: View): number {
  const availabilityOf = entry.share?.availability;
  if (geometry === undefined || availabilityOf === undefined) return 0;
  let available = 0;
  for (let piece = 0; piece < geometry.pieceCount; piece++)
    if (!have.has(piece) && availabilityOf(piece) > 0) available += geometry.pieceLength(piece);
  return Math.min(available, wanted.total - wanted.done);
}

/** Seconds until the share is complete or, when it seeds, until it reaches its goal. */
function eta({ entry, status, settings, wanted }: View): number {
  if (status === undefined) return NO_ETA;
  if (status.phase !== 'seeding')
    return status.secondsLeft === undefined ? NO_ETA : Math.round(status.secondsLeft);
  const goals = goalsOf(entry.stored.preferences, settings);
  const { uploaded } = entry.totals;
  const left: number[] = [];
  if (goals.seeding !== null) left.push(goals.seeding * 60 - entry.times.seedingSeconds);
  if (goals.ratio !== null && status.uploadRate > 0)
    left.push((goals.ratio * wanted.total - uploaded) / status.uploadRate);
  return left.length === 0 ? NO_ETA : Math.max(0, Math.round(Math.min(...left)));
}

/** The media type of most of its bytes. */
function primaryMimeType({ metainfo }: View): string {
  const bytesOf = new Map<string, number>();
  for (const { path, lengthBytes, isPad } of metainfo?.info.files ?? []) {
    if (isPad) continue;
    const name = path.at(-1) ?? metainfo!.info.name;
    const type = mediaTypeOf(name)?.type ?? UNKNOWN_MIME_TYPE;
    bytesOf.set(type, (bytesOf.get(type) ?? 0) + lengthBytes);
  }
  let [best, most] = [UNKNOWN_MIME_TYPE, -1];
  for (const [type, bytes] of bytesOf) if (bytes > most) [best, most] = [type, bytes];
  return best;
}

/** A bandwidth group is a label with settings of its own; the first one counts. */
export function groupOf({ stored }: RosterEntry, { labels }: Settings): string {
  return stored.preferences.labels.find((label) => labelOf(labels, label) !== undefined) ?? '';
}

function nameOf({ info }: Metainfo, path: readonly string[]): string {
  return info.isSingleFile ? info.name : [info.name, ...path].join('/');
}

function peerOf(peer: PeerStatus): object {
  // A place in an overlay network has neither.
  const { host, port } = parseHostPort(peer.address) ?? { host: peer.address, port: 0 };
  const [isSending, isTaking] = [peer.downloadRate > 0, peer.uploadRate > 0];
  return {
    address: host,
    port,
    clientName: peer.client,
    clientIsChoked: peer.isChokingUs,
    clientIsInterested: peer.isInterested,
    flagStr: flagsOf(peer),
    isDownloadingFrom: isSending,
    isEncrypted: peer.encryption !== 'none',
    isIncoming: peer.isIncoming,
    isUTP: peer.transport === 'utp',
    isUploadingTo: isTaking,
    peerIsChoked: peer.isChoked,
    peerIsInterested: peer.isPeerInterested,
    progress: peer.progress,
    rateToClient: Math.round(peer.downloadRate),
    rateToPeer: Math.round(peer.uploadRate),
  };
}

/** D: it serves us, d: it would not; U: we serve it, u: it wants it and we do not; E: encrypted; I: it dialled us; T: over uTP. */
function flagsOf(peer: PeerStatus): string {
  const down = peer.downloadRate > 0 ? 'D' : peer.isInterested && peer.isChokingUs ? 'd' : '';
  const up = peer.uploadRate > 0 ? 'U' : peer.isPeerInterested && peer.isChoked ? 'u' : '';
  const encrypted = peer.encryption === 'none' ? '' : 'E';
  return `${peer.transport === 'utp' ? 'T' : ''}${down}${up}${encrypted}${peer.isIncoming ? 'I' : ''}`;
}

/** A time of the clock of this process, as seconds since 1970; 0 for never. */
function secondsOf(at: number | undefined): number {
  if (at === undefined || !Number.isFinite(at)) return 0;
  return Math.floor((Date.now() + at - performance.now()) / 1000);
}

function trackerStatsOf({ status }: View, url: string, tier: number, id: number): object {
  const tracker = status?.trackers.find((entry) => entry.url === url);
  const isFine = tracker?.state === 'working';
  return {
    id,
    tier,
    announce: url,
    scrape: '',
    host: siteOf(url),
    sitename: siteOf(url),
    isBackup: false,
    announceState: tracker === undefined ? INACTIVE : tracker.state === 'asking' ? ASKING : WAITING,
    scrapeState: 0,
    hasAnnounced: tracker?.lastAt !== undefined,
    hasScraped: false,
    lastAnnounceResult: isFine ? 'Success' : (tracker?.message ?? ''),
    lastAnnounceSucceeded: isFine,
    lastAnnounceTimedOut: false,
    lastAnnouncePeerCount: tracker?.peerCount ?? 0,
    lastAnnounceStartTime: secondsOf(tracker?.lastAt),
    lastAnnounceTime: secondsOf(tracker?.lastAt),
    lastScrapeResult: '',
    lastScrapeSucceeded: false,
    lastScrapeTimedOut: 0,
    lastScrapeStartTime: 0,
    lastScrapeTime: 0,
    nextAnnounceTime: secondsOf(tracker?.nextAt),
    nextScrapeTime: 0,
    downloadCount: -1,
    seederCount: tracker?.seeders ?? -1,
    leecherCount: tracker?.leechers ?? -1,
  };
}
