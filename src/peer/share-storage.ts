/**
 * The storage of one running share: where its files lie, what of them is right, and how what comes gets to the disk.
 * Puts the parts of `storage/` together; what they have to say goes to the share through `StorageEvents`.
 */
import { join, resolve } from 'node:path';
import type { FileHandles } from '../content/node/file-handles.ts';
import type { PieceJob, PieceProver, PieceVerdict } from '../content/node/piece-batch.ts';
import { Geometry } from '../content/geometry.ts';
import { encodeMetainfo, type Metainfo } from '../content/metainfo.ts';
import { assert } from '../ground/assert.ts';
import type { Bitfield } from '../ground/bitfield.ts';
import { ShoalError } from '../ground/errors.ts';
import type { Prng } from '../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../ground/units.ts';
import { planPaths } from '../storage/safe-path.ts';
import { piecesOf } from '../storage/selection.ts';
import type { FilePrint } from '../storage/resume-plan.ts';
import type { ShareRecord, ShareRecords } from '../storage/records.ts';
import { JournalFile } from '../storage/node/journal-file.ts';
import { ReadGuard } from '../storage/node/read-guard.ts';
import { resumeFetched } from '../storage/node/resume.ts';
import { ShareFiles } from '../storage/node/share-files.ts';
import { ShareStore } from '../storage/node/share-store.ts';
import type { Clock } from '../storage/node/stall-watch.ts';
import type { TorrentCopies } from '../storage/node/torrent-copies.ts';

/** Where a share lies: files in place by index, or the folder that files are fetched to. */
export type SharePlace =
  | { readonly kind: 'place'; readonly path: string; readonly diskPaths: (string | undefined)[] }
  | { readonly kind: 'fetch'; readonly outputDir: string };

export interface Had {
  readonly pieces: Bitfield;
  readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}

/** What the storages of one peer have in common; the simulated world brings its own. */
export interface StorageContext {
  readonly prover: PieceProver;
  readonly handles: FileHandles;
  readonly records: ShareRecords;
  readonly torrents: Pick<TorrentCopies, 'save'>;
  readonly journalsFolder: string;
  readonly edgesFolder: string;
  readonly prng: Prng;
  readonly clock: Clock;
}

export interface StorageEvents {
  /** Fetching has to rest. */
  onTrouble(error: ShoalError): void;
  onRecovered(): void;
  onFinished(file: FileIndex): void;
  /** What was fetched is not there any more: to be fetched anew. */
  onLost(pieces: readonly PieceIndex[]): void;
  /** A person's files that changed or went: not to be fetched over, but not served either. */
  onUnreadable(pieces: readonly PieceIndex[], error: ShoalError): void;
  onReadable(pieces: readonly PieceIndex[], path: string): void;
}

export interface StorageOptions {
  readonly context: StorageContext;
  readonly metainfo: Metainfo;
  readonly key: string;
  readonly folder: string;
  readonly place: SharePlace;
  readonly trackers: readonly (readonly string[])[];
  readonly wanted: ReadonlySet<FileIndex>;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly events: StorageEvents;
  readonly totals: () => { readonly uploaded: number; readonly downloaded: number };
  /** May put data there that is at hand, before what exists is looked at. */
  readonly prepare?: ((metainfo: Metainfo, files: ShareFiles) => Promise<void>) | undefined;
  /** In place: the pieces that are right, and the state of the files in which they were found so. */
  readonly had?: Had | undefined;
}

export class ShareStorage {
  readonly files: ShareFiles;
  readonly guard: ReadGuard;
  /** Pieces that were right at the start. */
  readonly present: Bitfield;
  /** Pieces that had to be hashed for that. */
  readonly hashed: number;
  readonly #options: StorageOptions;
  readonly #store: ShareStore | undefined;

  private constructor(parts: Parts, store: ShareStore | undefined, present: Bitfield, hashed: number) {
    this.files = parts.files;
    this.guard = openGuard(parts);
    this.present = present;
    this.hashed = hashed;
    this.#options = parts.options;
    this.#store = store;
  }

  /** @throws ShoalError */
  static async open(options: StorageOptions): Promise<ShareStorage> {
    const { context, metainfo, key, folder, place } = options;
    const geometry = new Geometry(metainfo.info);
    const torrent = encodeMetainfo({ ...metainfo, trackers: options.trackers });
    const group = context.prover.newGroup();
    const files =
      place.kind === 'place'
        ? ShareFiles.inPlace(geometry, place.diskPaths, context.handles)
        : planFetched(options, geometry, place.outputDir);
    const parts = { options, files, group, torrent };
    const opened = await (place.kind === 'place' ? openInPlace(parts) : openFetched(parts, place.outputDir));
    context.torrents.save(key, { folder, kind: place.kind }, torrent);
    return opened;
  }

  /** Used by `open`. */
  static of(parts: Parts, store: ShareStore | undefined, present: Bitfield, hashed: number): ShareStorage {
    return new ShareStorage(parts, store, present, hashed);
  }

  /** Why the share rests, and which files are not served. */
  get troubles(): ShoalError[] {
    const trouble = this.#store?.trouble;
    return [...(trouble === undefined ? [] : [trouble]), ...this.guard.troubles];
  }

  /** See `ShareStore.prove`. */
  prove(
    piece: PieceIndex,
    memory: NonNullable<PieceJob['memory']>,
    wantsBlockHashes: boolean,
    done: (verdict: PieceVerdict) => void,
  ): void {
    assert(this.#store !== undefined, 'a share in place fetches nothing');
    this.#store.prove(piece, memory, wantsBlockHashes, done);
  }

  handleWhole(file: FileIndex): void {
    this.#store?.handleWhole(file);
  }

  /** A file of a fetched share has its name: from now on it may only be served as it is. */
  async watch(file: FileIndex): Promise<void> {
    const info = await this.files.look(file);
    if (info !== undefined) this.guard.expect(file, { size: info.size, modifiedMs: info.modifiedMs });
  }

  /** All that was fetched is saved and has its name. */
  async settle(): Promise<void> {
    await this.#store?.settle();
  }

  /** The piece layers of a link come from peers: without them the data could not be offered as v2 the next time. */
  saveTorrent(): void {
    const { context, metainfo, key, folder, place, trackers } = this.#options;
    const torrent = encodeMetainfo({ ...metainfo, trackers });
    context.torrents.save(key, { folder, kind: place.kind }, torrent);
    context.records.setTorrent(key, folder, torrent);
  }

  retry(): void {
    this.#store?.retry();
    this.guard.retry();
  }

  /** Process death, for the simulated world: nothing more happens here. */
  abandon(): void {
    this.guard.close();
    this.#store?.abandon();
  }

  /** @throws ShoalError when what was fetched cannot be saved */
  async close(): Promise<void> {
    this.guard.close();
    await this.#store?.close();
  }
}

interface Parts {
  readonly options: StorageOptions;
  readonly files: ShareFiles;
  readonly group: number;
  readonly torrent: Uint8Array;
}

function openGuard({ options, files, group }: Parts): ReadGuard {
  const { context, metainfo, events } = options;
  return new ReadGuard({
    files,
    metainfo,
    prover: context.prover,
    group,
    clock: context.clock,
    events: {
      onUnreadable: (pieces, error) => events.onUnreadable(pieces, error),
      onReadable: (pieces, path) => events.onReadable(pieces, path),
      onStalled: (error) => events.onTrouble(error),
      onMoving: () => events.onRecovered(),
    },
  });
}

/** Nothing is written but the record. */
function openInPlace(parts: Parts): ShareStorage {
  const { options, torrent } = parts;
  const { context, key, folder } = options;
  assert(options.had !== undefined, 'a share in place was hashed');
  const { pieces: present, prints } = options.had;
  const storage = ShareStorage.of(parts, undefined, present, 0);
  for (const [file, print] of prints) storage.guard.expect(file, print);
  const before = context.records.get(key, folder);
  context.records.put({
    key,
    folder,
    kind: 'place',
    torrent,
    have: present.bytes,
    trust: 'all',
    epoch: 0,
    uploaded: before?.uploaded ?? 0,
    downloaded: before?.downloaded ?? 0,
    prints,
  });
  return storage;
}

async function openFetched(parts: Parts, outputDir: string): Promise<ShareStorage> {
  const { options, files, group, torrent } = parts;
  const { context, metainfo, key, folder, signal, onProgress, events, totals } = options;
  await options.prepare?.(metainfo, files);
  const journalPath = join(context.journalsFolder, `${key}-${hashPath(folder)}`);
  const before = context.records.get(key, folder);
  const resumed = await resumeFetched({
    metainfo,
    files,
    prover: context.prover,
    record: before,
    journalPath,
    prng: context.prng,
    signal,
    onProgress,
  });
  const present = resumed.trusted.clone();
  for (const piece of resumed.found) present.add(piece);
  await files.makeOutputFolder();
  await requireSpace(files, options.wanted, present, outputDir);
  const record: ShareRecord = {
    key,
    folder,
    kind: 'fetch',
    torrent,
    have: resumed.trusted.bytes,
    trust: before?.trust === undefined ? 'journal' : before.trust,
    epoch: before?.epoch ?? 0,
    uploaded: before?.uploaded ?? 0,
    downloaded: before?.downloaded ?? 0,
    prints: new Map(
      (await files.fingerprint()).map(({ file, size, modifiedMs }) => [file, { size, modifiedMs }]),
    ),
  };
  context.records.put(record);
  const store = new ShareStore({
    metainfo,
    files,
    prover: context.prover,
    group,
    journal: new JournalFile(files.disk, journalPath),
    records: context.records,
    record,
    clock: context.clock,
    events,
    totals,
  });
  await store.open(resumed.found);
  const storage = ShareStorage.of(parts, store, present, resumed.hashed);
  for (const [file, print] of record.prints) if (files.isFinished(file)) storage.guard.expect(file, print);
  return storage;
}

function planFetched(options: StorageOptions, geometry: Geometry, outputDir: string): ShareFiles {
  const { context, metainfo, key, folder, wanted } = options;
  const planned = planPaths(metainfo.info);
  if (!planned.ok)
    throw ShoalError.fromMalformed('unsafe-path', `"${metainfo.info.name}" is refused`, planned.error);
  const edgesPath = join(context.edgesFolder, `${key}-${hashPath(folder)}`);
  const { paths } = planned.value;
  return ShareFiles.fetched(
    geometry,
    { outputDir: resolve(outputDir), paths, wanted, edgesPath },
    context.handles,
  );
}

/** Better now than in the middle. Parts are sparse, so what exists of them may still need its space. */
async function requireSpace(
  files: ShareFiles,
  wanted: ReadonlySet<FileIndex>,
  present: Bitfield,
  outputDir: string,
): Promise<void> {
  const { geometry } = files;
  const pieces = piecesOf(geometry, wanted);
  let missing = 0;
  for (let piece = 0; piece < geometry.pieceCount; piece++)
    if (pieces.has(piece) && !present.has(piece)) missing += geometry.pieceLength(piece);
  const free = await files.disk.freeSpace(outputDir);
  if (missing <= free) return;
  const need = Math.ceil(missing / 2 ** 20);
  throw new ShoalError(
    'no-space',
    `${outputDir} has ${Math.floor(free / 2 ** 20)} MiB free, ${need} MiB are needed: make room, choose another folder with -o, or fewer files with --select`,
  );
}

/** Tells folders apart in file names. */
function hashPath(path: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16);
}
