/** A share as Transmission's `torrent-get` tells it: each field by its name there, computed only when it is asked for. */
import { Geometry } from '../../content/geometry.ts';
import type { Metainfo } from '../../content/metainfo.ts';
import { Bitfield } from '../../ground/bitfield.ts';
import type { PeerStatus, SharePhase, ShareStatus } from '../../peer/status.ts';
import type { Held } from '../../session/held.ts';
import { DEFAULT_SETTINGS, type Priority } from '../../storage/wishes.ts';

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
/** Ours in its terms: it knows no state without metadata, nor one in which the disk refuses. */
const PHASES: Readonly<Record<SharePhase, keyof typeof ACTIVITY>> = {
  metadata: 'fetching',
  checking: 'checking',
  fetching: 'fetching',
  paused: 'fetching',
  seeding: 'seeding',
  failed: 'stopped',
  stopped: 'stopped',
};
/** `TR_STAT_LOCAL_ERROR` */
const LOCAL_ERROR = 3;
const TRACKER_STATE = { waiting: 1, asking: 3, working: 1, failed: 0 } as const;
const NO_ETA = -1;
const LEVELS: Readonly<Record<Priority, number>> = { low: -1, normal: 0, high: 1 };
const DEFAULT_RATIO = 2;
const DEFAULT_IDLE = 30;
/** As the session has it, its own, none. */
const modeOf = (goal: number | null | undefined): number => (goal === undefined ? 0 : goal === null ? 2 : 1);

/** What the fields of one share are computed from, each part once. */
export class View {
  readonly held: Held;
  readonly status: ShareStatus | undefined;
  readonly metainfo: Metainfo | undefined;
  #geometry: Geometry | undefined;
  #have: Bitfield | undefined;
  #wanted: { readonly total: number; readonly done: number } | undefined;

  constructor(held: Held) {
    this.held = held;
    this.status = held.share?.status();
    this.metainfo = held.metainfo;
  }

  get geometry(): Geometry | undefined {
    if (this.metainfo !== undefined) this.#geometry ??= new Geometry(this.metainfo.info);
    return this.#geometry;
  }

  get have(): Bitfield {
    const { geometry } = this;
    this.#have ??=
      this.held.share?.pieceMap() ??
      (geometry === undefined
        ? undefined
        : Bitfield.fromBytes(this.held.record()?.have ?? new Uint8Array(0), geometry.pieceCount)) ??
      new Bitfield(geometry?.pieceCount ?? 0);
    return this.#have;
  }

  get unwanted(): ReadonlySet<number> {
    return new Set(this.held.entry.wishes.unwanted);
  }

  /** Bytes of each file that are here and proved. */
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

  /** Wanted bytes, and how many of them are here. */
  get wanted(): { readonly total: number; readonly done: number } {
    this.#wanted ??= this.held.size();
    return this.#wanted;
  }

  get activity(): number {
    const { held, status } = this;
    const isWhole = this.wanted.total > 0 && this.wanted.done === this.wanted.total;
    if (held.isWaiting || held.isQueued) return isWhole ? ACTIVITY.seedWait : ACTIVITY.fetchWait;
    if (status === undefined) return ACTIVITY.stopped;
    return ACTIVITY[PHASES[status.phase]];
  }

  get trouble(): string {
    return this.held.failure?.message ?? this.status?.troubles[0]?.message ?? '';
  }
}

const seconds = (date: Date | undefined): number =>
  date === undefined ? 0 : Math.floor(date.getTime() / 1000);
const ratio = (up: number, down: number): number => (down === 0 ? (up === 0 ? -1 : -2) : up / down);
const kilobytes = (bytes: number | undefined): number => Math.round((bytes ?? 0) / 1000);

/** In the order of their ids. */
export function trackersOf({
  metainfo,
  held,
  status,
}: View): { readonly url: string; readonly tier: number }[] {
  if (status !== undefined && held.entry.wishes.announce === undefined)
    return status.trackers.map(({ url, tier }) => ({ url, tier }));
  const { announce } = held.entry.wishes;
  if (announce !== undefined)
    return announce.flatMap((tier, index) => tier.map((url) => ({ url, tier: index })));
  const own = (metainfo?.trackers ?? []).flatMap((tier, index) => tier.map((url) => ({ url, tier: index })));
  return [...own, ...held.entry.wishes.trackers.map((url, index) => ({ url, tier: own.length + index }))];
}

const siteOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : url);

/** By the names of Transmission's specification. */
export const FIELDS: Readonly<Record<string, (view: View) => unknown>> = {
  id: ({ held }) => held.entry.id,
  hashString: ({ held }) => held.entry.key.slice(0, 40),
  name: ({ held }) => held.name,
  status: (view) => view.activity,
  error: (view) => (view.trouble === '' ? 0 : LOCAL_ERROR),
  errorString: (view) => view.trouble,
  totalSize: ({ geometry }) => geometry?.dataLength ?? 0,
  sizeWhenDone: (view) => view.wanted.total,
  leftUntilDone: (view) => view.wanted.total - view.wanted.done,
  desiredAvailable: (view) => view.wanted.total - view.wanted.done,
  haveValid: (view) => view.wanted.done,
  haveUnchecked: () => 0,
  corruptEver: () => 0,
  percentDone: ({ wanted }) => (wanted.total === 0 ? 0 : wanted.done / wanted.total),
  percentComplete: ({ wanted, geometry }) => (geometry === undefined ? 0 : wanted.done / geometry.dataLength),
  metadataPercentComplete: ({ metainfo }) => (metainfo === undefined ? 0 : 1),
  recheckProgress: ({ status }) =>
    status?.phase === 'checking' && status.totalBytes > 0 ? status.doneBytes / status.totalBytes : 0,
  rateDownload: ({ status }) => Math.round(status?.downloadRate ?? 0),
  rateUpload: ({ status }) => Math.round(status?.uploadRate ?? 0),
  downloadedEver: ({ held }) => held.totals.downloaded,
  uploadedEver: ({ held }) => held.totals.uploaded,
  uploadRatio: ({ held: { totals } }) => ratio(totals.uploaded, totals.downloaded),
  eta: ({ status }) => (status?.secondsLeft === undefined ? NO_ETA : Math.round(status.secondsLeft)),
  etaIdle: () => NO_ETA,
  isFinished: () => false,
  isStalled: ({ status }) => status?.phase === 'fetching' && status.downloadRate === 0,
  isPrivate: ({ metainfo }) => metainfo?.info.isPrivate === true,
  addedDate: ({ held }) => seconds(held.entry.addedAt),
  doneDate: ({ held }) => seconds(held.entry.doneAt),
  activityDate: ({ held }) => seconds(held.activeAt),
  startDate: ({ held }) => seconds(held.activeAt),
  editDate: () => 0,
  manualAnnounceTime: () => 0,
  secondsDownloading: () => 0,
  secondsSeeding: () => 0,
  downloadDir: ({ held }) => held.downloadDir,
  magnetLink: ({ held }) => held.magnet,
  torrentFile: ({ held }) => held.torrentPath,
  comment: ({ metainfo }) => metainfo?.comment ?? '',
  creator: ({ metainfo }) => metainfo?.createdBy ?? '',
  dateCreated: ({ metainfo }) => metainfo?.creationDate ?? 0,
  source: ({ metainfo }) => metainfo?.info.source ?? '',
  pieceCount: ({ geometry }) => geometry?.pieceCount ?? 0,
  pieceSize: ({ metainfo }) => metainfo?.info.pieceLength ?? 0,
  pieces: ({ have }) => Buffer.from(have.bytes).toString('base64'),
  labels: ({ held }) => held.entry.wishes.labels,
  queuePosition: ({ held }) => held.entry.wishes.position,
  bandwidthPriority: ({ held }) => LEVELS[held.entry.wishes.priority],
  honorsSessionLimits: ({ held }) => !held.entry.wishes.ignoresLimits,
  sequential_download: ({ held }) => held.entry.wishes.isSequential,
  group: ({ held }) => held.entry.wishes.labels[0] ?? '',
  downloadLimit: ({ held }) => kilobytes(held.entry.wishes.downloadLimit),
  downloadLimited: ({ held }) => held.entry.wishes.downloadLimit !== undefined,
  uploadLimit: ({ held }) => kilobytes(held.entry.wishes.uploadLimit),
  uploadLimited: ({ held }) => held.entry.wishes.uploadLimit !== undefined,
  seedRatioLimit: ({ held }) => held.entry.wishes.ratioGoal ?? DEFAULT_RATIO,
  seedRatioMode: ({ held }) => modeOf(held.entry.wishes.ratioGoal),
  seedIdleLimit: ({ held }) => held.entry.wishes.idleGoal ?? DEFAULT_IDLE,
  seedIdleMode: ({ held }) => modeOf(held.entry.wishes.idleGoal),
  maxConnectedPeers: ({ held }) => held.entry.wishes.maxPeers ?? DEFAULT_SETTINGS.maxPeersEach,
  'peer-limit': ({ held }) => held.entry.wishes.maxPeers ?? DEFAULT_SETTINGS.maxPeersEach,
  peersConnected: ({ status }) => status?.peers ?? 0,
  peersSendingToUs: ({ held }) =>
    held.share?.peers().filter(({ downloadRate }) => downloadRate > 0).length ?? 0,
  peersGettingFromUs: ({ held }) =>
    held.share?.peers().filter(({ uploadRate }) => uploadRate > 0).length ?? 0,
  peersFrom: ({ status }) => ({
    fromCache: 0,
    fromDht: 0,
    fromIncoming: 0,
    fromLpd: 0,
    fromLtep: 0,
    fromPex: 0,
    fromTracker: status?.peers ?? 0,
  }),
  peers: ({ held }) => (held.share?.peers() ?? []).map(peerOf),
  webseeds: ({ metainfo }) => metainfo?.webSeeds ?? [],
  webseedsSendingToUs: () => 0,
  wanted: ({ metainfo, unwanted }) =>
    (metainfo?.info.files ?? []).map((_, file) => (unwanted.has(file) ? 0 : 1)),
  priorities: ({ metainfo, held }) =>
    (metainfo?.info.files ?? []).map((_, file) => LEVELS[held.entry.wishes.priorities[file] ?? 'normal']),
  'file-count': ({ metainfo }) => metainfo?.info.files.length ?? 0,
  files: (view) => {
    const done = view.fileBytes();
    const paths = view.held.paths();
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
      priority: LEVELS[view.held.entry.wishes.priorities[file] ?? 'normal'],
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

function nameOf({ info }: Metainfo, path: readonly string[]): string {
  return info.isSingleFile ? info.name : [info.name, ...path].join('/');
}

function peerOf(peer: PeerStatus): object {
  const at = peer.address.lastIndexOf(':');
  const [isSending, isTaking] = [peer.downloadRate > 0, peer.uploadRate > 0];
  return {
    address: peer.address.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(peer.address.slice(at + 1)),
    clientName: peer.client,
    clientIsChoked: peer.isChokingUs,
    clientIsInterested: peer.isInterested,
    flagStr: flagsOf(peer),
    isDownloadingFrom: isSending,
    isEncrypted: false,
    isIncoming: peer.isIncoming,
    isUTP: false,
    isUploadingTo: isTaking,
    peerIsChoked: peer.isChoked,
    peerIsInterested: peer.isPeerInterested,
    progress: peer.progress,
    rateToClient: Math.round(peer.downloadRate),
    rateToPeer: Math.round(peer.uploadRate),
  };
}

/** D: it serves us, d: it would not; U: we serve it, u: it wants it and we do not; I: it dialled us. */
function flagsOf(peer: PeerStatus): string {
  const down = peer.downloadRate > 0 ? 'D' : peer.isInterested && peer.isChokingUs ? 'd' : '';
  const up = peer.uploadRate > 0 ? 'U' : peer.isPeerInterested && peer.isChoked ? 'u' : '';
  return `${down}${up}${peer.isIncoming ? 'I' : ''}`;
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
    announceState: TRACKER_STATE[tracker?.state ?? 'failed'],
    scrapeState: 0,
    hasAnnounced: isFine || tracker?.state === 'failed',
    hasScraped: false,
    lastAnnounceResult: isFine ? 'Success' : (tracker?.message ?? ''),
    lastAnnounceSucceeded: isFine,
    lastAnnounceTimedOut: false,
    lastAnnouncePeerCount: 0,
    lastAnnounceStartTime: 0,
    lastAnnounceTime: 0,
    lastScrapeResult: '',
    lastScrapeSucceeded: false,
    lastScrapeTimedOut: 0,
    lastScrapeStartTime: 0,
    lastScrapeTime: 0,
    nextAnnounceTime: 0,
    nextScrapeTime: 0,
    downloadCount: -1,
    seederCount: tracker?.seeders ?? -1,
    leecherCount: tracker?.leechers ?? -1,
  };
}
