/** One share of the roster: its preferences, and what is known of its data, whether it runs or not. */
import { basename, dirname } from 'node:path';
import { Geometry } from '../../../data/content/geometry.ts';
import { formatMagnet, parseMagnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, type FileEntry, type Metainfo } from '../../../data/content/metainfo.ts';
import type { Address } from '../../../ground/address.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { ShoalPeer } from '../share/peer.ts';
import { ProgressCounter } from '../share/core/progress.ts';
import type { PrepareFiles } from '../share/options.ts';
import type { Share } from '../share/share.ts';
import { bytesOfFiles } from '../share/status.ts';
import type { ShareRecord } from '../../../data/storage/records.ts';
import type { ShareTable } from '../state/share-table.ts';
import type { TorrentCopies } from '../state/torrent-copies.ts';
import type { StoredEntry } from '../state/roster-table.ts';
import { type PlannedPaths, planPaths } from '../../../data/storage/safe-path.ts';
import { piecesOf } from '../../../data/storage/selection.ts';
import { isActive, isInQueue, isShortOfRoom, type ShareState, STOPPED } from './core/scheduler.ts';
import { RateHistory, ShareLog } from './history.ts';
import { ShareTimes } from './share-times.ts';

export interface Totals {
  readonly uploaded: number;
  readonly downloaded: number;
}

export interface Size {
  readonly total: number;
  readonly done: number;
}

/** Of info hashes in hex. */
const [V1_DIGITS, V2_DIGITS] = [40, 64];

/** The description of a share that does not run, read once. */
interface Rest {
  readonly name: string;
  readonly magnet: string;
  readonly size: Size;
  readonly totals: Totals;
  readonly hashes: readonly string[];
  readonly fileCount: number;
}

/** The part of the daemon's peer that an entry needs. */
export interface EntryHost extends Pick<ShoalPeer, 'findByHex' | 'ownAddresses'> {
  readonly state: {
    readonly torrents: Pick<TorrentCopies, 'read' | 'pathOf'>;
    readonly shares: Pick<ShareTable, 'get' | 'has' | 'names'>;
  };
}

const safe = new WeakMap<Metainfo, PlannedPaths['paths'] | 'exact'>();

/** Programs ask every second. Undefined when the safe names are those of the torrent. */
function safePaths(metainfo: Metainfo): PlannedPaths['paths'] | undefined {
  let known = safe.get(metainfo);
  if (known === undefined) {
    const { info } = metainfo;
    const planned = planPaths(info);
    const isExact = (path: readonly string[] | undefined, file: number): boolean =>
      path === undefined ||
      path.slice(1).join('/') === (info.isSingleFile ? '' : info.files[file]!.path.join('/'));
    const paths = planned.ok ? planned.value.paths : [];
    known = paths.every(isExact) && (!planned.ok || planned.value.name === info.name) ? 'exact' : paths;
    safe.set(metainfo, known);
  }
  return known === 'exact' ? undefined : known;
}

export class RosterEntry {
  stored: StoredEntry;
  /** The state in the scheduler; only the runner sets it. */
  state: ShareState = STOPPED;
  /** When data moved last, or when it was started: milliseconds of the process's clock. */
  movedAt = 0;
  /** When its state or its preferences changed last in this run of the daemon. */
  changedAt: Date | undefined;
  /** In all runs. */
  readonly times: ShareTimes;
  /** Bytes of blocks before the present run. */
  before: Totals = { uploaded: 0, downloaded: 0 };
  /** Its log, in words. */
  readonly log: ShareLog = new ShareLog();
  readonly rates: RateHistory = new RateHistory();
  /** Settled when the latest start, or stop, is over. */
  starting: Promise<void> = Promise.resolve();
  stopping: Promise<void> = Promise.resolve();
  /** Settled when no move or rename of its files is under way. */
  fileWork: Promise<unknown> = Promise.resolve();
  /** Settled when no operation is under way that starts or stops it for itself. */
  operation: Promise<void> = Promise.resolve();
  /** Peers that a person named in this run of the daemon: they are asked at each start. */
  namedPeers: readonly Address[] = [];
  /** Its owner lets it use no file: see `owned.ts`. */
  isHeld = false;
  /** Puts data there before a start looks at its files; of its owner. */
  prepare: PrepareFiles | undefined;
  readonly #peer: EntryHost;
  readonly #shortKey: string;
  #torrent: WeakRef<Metainfo> | undefined;
  #rest: Rest | undefined;

  constructor(peer: EntryHost, stored: StoredEntry, times: ShareTimes = new ShareTimes()) {
    this.#peer = peer;
    this.stored = stored;
    this.times = times;
    this.#shortKey = stored.key.slice(0, 40);
  }

  /** Shared in place, of files that the daemon made itself. */
  get isCopy(): boolean {
    return this.stored.kind === 'place' && this.stored.preferences.isCopy === true;
  }

  /** A version of a publication that is not shown yet: its owner says where it goes. */
  get isStaged(): boolean {
    return this.stored.kind === 'fetch' && this.stored.follow !== undefined;
  }

  /** Only its owner says where a version lies, and which files it has. @throws ShoalError unsupported */
  requireUnowned(): void {
    const { follow } = this.stored;
    if (follow === undefined) return;
    const why = `"${this.name}" is kept as its publisher made it, by follow ${follow}: end that follow first`;
    throw new ShoalError('unsupported', why);
  }

  /** Why it does not run, although it should. */
  get failure(): ShoalError | undefined {
    return this.state.is === 'failed' ? this.state.failure : undefined;
  }

  /** It does not run for want of room, and goes on by itself when there is some. */
  get isShortOfRoom(): boolean {
    return isShortOfRoom(this.state);
  }

  /** It does not run because of other shares or of the schedule, and starts by itself. */
  get isInQueue(): boolean {
    return isInQueue(this.state);
  }

  /** While it runs, from the first moment of checking on. */
  get share(): Share | undefined {
    return this.#peer.findByHex(this.#shortKey);
  }

  /** Its torrent was just read: it need not be read again while it is in memory. */
  remember(metainfo: Metainfo): void {
    this.#torrent = new WeakRef(metainfo);
    this.forget();
  }

  /** Known from the torrent, or since the metadata came. */
  get metainfo(): Metainfo | undefined {
    const { share } = this;
    if (share?.metainfo !== undefined) return share.metainfo;
    const known = this.#torrent?.deref();
    if (known !== undefined) return known;
    const bytes = this.#peer.state.torrents.read(this.stored.key);
    const decoded = bytes === undefined ? undefined : decodeMetainfo(bytes, nodeHasher);
    if (decoded?.ok !== true) return undefined;
    this.#torrent = new WeakRef(decoded.value);
    return decoded.value;
  }

  /** Bytes of blocks in all runs. */
  get totals(): Totals {
    const status = this.share?.status();
    if (status === undefined) return this.#atRest().totals;
    const { uploaded, downloaded } = this.before;
    return { uploaded: uploaded + status.uploadedBytes, downloaded: downloaded + status.downloadedBytes };
  }

  /** Wanted bytes, and how many of them are here; from the record while the share does not run. */
  size(): Size {
    const status = this.share?.status();
    if (status !== undefined && status.phase !== 'checking' && status.totalBytes > 0) {
      const { totalBytes: total, doneBytes } = status;
      // What is proved and not yet saved under its name is not done: programs take the files as soon as it is.
      const isSaving = status.phase !== 'seeding' && doneBytes === total;
      return { total, done: isSaving ? total - 1 : doneBytes };
    }
    return this.#atRest().size;
  }

  /** All that is wanted is here. */
  get isWhole(): boolean {
    if (this.stored.kind === 'place') return true;
    const phase = this.share?.phase;
    if (phase === 'seeding' || phase === 'fetching' || phase === 'metadata') return phase === 'seeding';
    const { total, done } = this.#atRest().size;
    return total > 0 && done >= total;
  }

  /** It runs, or it starts or stops at this moment. */
  get isRunning(): boolean {
    return isActive(this.state);
  }

  /** Bytes of each file that are here. */
  fileProgress(): Float64Array {
    const { share, metainfo } = this;
    const running = share?.fileProgress();
    if (running !== undefined && running.length > 0) return running;
    if (metainfo === undefined) return new Float64Array(0);
    const geometry = new Geometry(metainfo.info);
    const have = this.#have(geometry);
    return bytesOfFiles(geometry, (piece) => have.has(piece));
  }

  /** By file: its path below the folder, as it is named now; undefined for pads. */
  paths(): readonly (readonly string[] | undefined)[] {
    const named = this.share?.filePaths() ?? [];
    if (named.length > 0) return named;
    const { metainfo, stored } = this;
    if (metainfo === undefined) return [];
    const { info } = metainfo;
    const noted = this.#peer.state.shares.names(stored.key, stored.folder);
    // Names that are not as planned were noted when it ran. Before that, nobody has looked what there is.
    const planned = this.#peer.state.shares.has(stored.key, stored.folder) ? safePaths(metainfo) : undefined;
    return info.files.map(({ isPad, path }, file) => {
      if (isPad) return undefined;
      const exact = (): readonly string[] => (info.isSingleFile ? [info.name] : [info.name, ...path]);
      const whole = noted.get(file)?.path ?? planned?.[file] ?? exact();
      return noted.has(file) || this.rootName === undefined ? whole : [this.rootName, ...whole.slice(1)];
    });
  }

  /** The name of the file or folder that is shared in place; the torrent may have another. */
  get rootName(): string | undefined {
    return this.stored.kind === 'place' ? basename(this.stored.folder) : undefined;
  }

  /** Pieces that are here; undefined while the metadata is not known. */
  pieces(): Bitfield | undefined {
    const { share, metainfo } = this;
    const running = share?.pieceMap();
    if (running !== undefined || metainfo === undefined) return running;
    return this.#have(new Geometry(metainfo.info));
  }

  #have({ pieceCount }: Geometry): Bitfield {
    return (
      Bitfield.fromBytes(this.record()?.have ?? new Uint8Array(0), pieceCount) ?? new Bitfield(pieceCount)
    );
  }

  /** The record of its data from the latest run. */
  record(): ShareRecord | undefined {
    return this.#peer.state.shares.get(this.stored.key, this.stored.folder);
  }

  /** The description is read again: something in it changed. */
  forget(): void {
    this.#rest = undefined;
  }

  /** Programs ask every second for thousands of shares: it is read once. */
  #atRest(): Rest {
    this.#rest ??= this.#readRest();
    return this.#rest;
  }

  #readRest(): Rest {
    const { metainfo, stored } = this;
    const record = this.record();
    const totals = {
      uploaded: record?.uploaded ?? this.before.uploaded,
      downloaded: record?.downloaded ?? this.before.downloaded,
    };
    const link = stored.link === undefined ? undefined : parseMagnet(stored.link);
    const linkName = link?.ok === true ? link.value.name : undefined;
    if (metainfo === undefined)
      return {
        name: linkName ?? stored.key,
        magnet: stored.link ?? '',
        size: { total: 0, done: 0 },
        totals,
        hashes: [],
        fileCount: 0,
      };
    const geometry = new Geometry(metainfo.info);
    const unwanted = new Set(stored.preferences.unwanted);
    const files = new Set(metainfo.info.files.keys().filter((file) => !unwanted.has(file)));
    const counter = new ProgressCounter(geometry, files, piecesOf(geometry, files), this.#have(geometry));
    const { infoHashV1, infoHashV2, trackers, webSeeds } = metainfo;
    const magnet = formatMagnet({
      ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
      ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
      name: metainfo.info.name,
      trackers: [...new Set([...trackers.flat(), ...stored.preferences.trackers])],
      webSeeds,
      peers: [],
    });
    return {
      name: metainfo.info.name,
      magnet,
      size: { total: counter.totalBytes, done: counter.doneBytes },
      totals,
      fileCount: countFiles(metainfo.info.files),
      hashes: [infoHashV1, infoHashV2].filter((hash) => hash !== undefined).map(toHex),
    };
  }

  /** The folder that holds its file or folder. */
  get downloadDir(): string {
    return this.stored.kind === 'place' ? dirname(this.stored.folder) : this.stored.folder;
  }

  get torrentPath(): string {
    return this.#peer.state.torrents.pathOf(this.stored.key);
  }

  get magnet(): string {
    const { share } = this;
    return share === undefined ? this.#atRest().magnet : share.magnet(this.#peer.ownAddresses());
  }

  /** The name that a person gave it, or its own. */
  get name(): string {
    return this.stored.preferences.name ?? this.ownName;
  }

  /** The name in its torrent or link. */
  get ownName(): string {
    const { share } = this;
    return share?.metainfo === undefined ? this.#atRest().name : share.name;
  }

  /** 0 while that is not known. */
  get fileCount(): number {
    const { share } = this;
    const files = share === undefined ? undefined : share.metainfo?.info.files;
    return files === undefined ? this.#atRest().fileCount : countFiles(files);
  }

  /** In hex; undefined for a version that the share lacks, or that is not known yet. */
  get infoHashes(): { readonly v1: string | undefined; readonly v2: string | undefined } {
    const hashes = this.#hashes();
    return {
      v1: hashes.find(({ length }) => length === V1_DIGITS),
      v2: hashes.find(({ length }) => length === V2_DIGITS),
    };
  }

  /** What rules may deny it by: its key, and what is known besides. */
  get hashBytes(): Uint8Array[] {
    const names = new Set([this.stored.key, ...this.#hashes()]);
    return [...names].flatMap((hash) => fromHex(hash) ?? []);
  }

  #hashes(): readonly string[] {
    const { share } = this;
    if (share === undefined) return this.#atRest().hashes;
    return [share.infoHashV1, share.infoHashV2].filter((one) => one !== undefined).map(toHex);
  }

  /** By info hash: v1, or v2 whole or cut to 20 bytes; 40 digits or more. */
  hasHash(hash: string): boolean {
    const { key } = this.stored;
    if (key === hash || key.slice(0, 40) === hash) return true;
    return hash.length >= V1_DIGITS && this.#hashes().some((one) => one.startsWith(hash));
  }
}

function countFiles(files: readonly FileEntry[]): number {
  let count = 0;
  for (const { isPad } of files) if (!isPad) count++;
  return count;
}
