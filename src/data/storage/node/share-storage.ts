/**
 * The storage of one running share: the places of its files, the pieces that are right, and the way of new pieces
 * to the disk. It puts the parts of `storage/` together. Their events go to the share through `StorageEvents`.
 */
import { join, resolve } from 'node:path';
import type { PieceJob, PieceVerdict } from '../../disk/piece-batch.ts';
import { Geometry } from '../../content/geometry.ts';
import { encodeMetainfo } from '../../content/metainfo.ts';
import { assert } from '../../../ground/assert.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import { safeName } from '../safe-path.ts';
import type { ShareRecord } from '../records.ts';
import { finishMove, journalPathOf, notePlaced, planFetched } from './fetched-paths.ts';
import { JournalFile } from './journal-file.ts';
import { requireSpace, requireWritable } from './preflight.ts';
import { ReadGuard } from './read-guard.ts';
import { resumeFetched } from './resume.ts';
import { ShareFiles } from './share-files.ts';
import { ShareStore } from './share-store.ts';
import { type Selected, StorageChanges } from './storage-changes.ts';
import type { StorageOptions } from './storage-options.ts';

export class ShareStorage {
  readonly files: ShareFiles;
  readonly guard: ReadGuard;
  /** Pieces that were right at the start. */
  readonly present: Bitfield;
  /** Pieces that had to be hashed for that. */
  readonly hashed: number;
  readonly #options: StorageOptions;
  readonly #store: ShareStore | undefined;
  /** How many piece layers the torrent in the state folder has. */
  #keptLayers: number;
  #hasSavedCounts = false;
  /** Of a fetched share. */
  readonly #changes: StorageChanges | undefined;

  private constructor(parts: Parts, store: ShareStore | undefined, present: Bitfield, hashed: number) {
    this.files = parts.files;
    this.guard = openGuard(parts, () => this.#store);
    this.present = present;
    this.hashed = hashed;
    this.#options = parts.options;
    this.#keptLayers = parts.options.metainfo.pieceLayers.size;
    this.#store = store;
    const { options: storage, files } = parts;
    if (store !== undefined) this.#changes = new StorageChanges({ storage, files, store, guard: this.guard });
  }

  /** @throws ShoalError */
  static async open(options: StorageOptions): Promise<ShareStorage> {
    const { context, metainfo, key, place } = options;
    const folder =
      place.kind === 'place' ? options.folder : await finishMove(context, metainfo, key, options.folder);
    if (folder !== options.folder) {
      const moved = await ShareStorage.open({
        ...options,
        folder,
        place: { kind: 'fetch', outputDir: folder },
      });
      context.torrents.drop(key, options.folder);
      return moved;
    }
    const geometry = new Geometry(metainfo.info);
    const group = context.prover.newGroup();
    const files =
      place.kind === 'place'
        ? ShareFiles.inPlace(geometry, place.diskPaths, context.handles)
        : await planFetched(options, geometry, place.outputDir);
    const parts = { options, files, group };
    try {
      return await (place.kind === 'place' ? openInPlace(parts) : openFetched(parts, place.outputDir));
    } catch (error) {
      files.closeAll();
      throw error;
    }
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

  /** The file or folder that it is, for people. */
  get resultPath(): string {
    const { place, metainfo } = this.#options;
    if (place.kind === 'place') return place.path;
    const first = this.files.paths.find((path) => path !== undefined)?.[0];
    return join(this.folder, first ?? safeName(metainfo.info.name));
  }

  /** See `ShareStore.expect`. */
  expect(piece: PieceIndex): void {
    this.#store?.expect(piece);
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

  handleComplete(file: FileIndex): void {
    this.#store?.handleComplete(file);
  }

  /** A file of a fetched share has its name: from now on it may only be served as it is. */
  async watch(file: FileIndex): Promise<void> {
    await this.guard.expectAsIs(file);
  }

  /** All that was fetched is saved and has its name. */
  async settle(): Promise<void> {
    await this.#store?.settle();
  }

  /** Its folder: the one that was asked for, or the target of a move that was cut short. */
  get folder(): string {
    return this.#changes?.folder ?? this.#options.folder;
  }

  /** See `StorageChanges`. @throws ShoalError name-conflict, no-space, unsupported, … */
  async moveTo(folder: string): Promise<void> {
    if (resolve(folder) === this.folder && this.#changes === undefined) return;
    await this.#requireChanges().moveTo(folder, (from) => {
      const { context, key } = this.#options;
      context.torrents.addPlace(key, { folder: this.folder, kind: 'fetch' });
      context.torrents.drop(key, from);
    });
  }

  /** See `StorageChanges`. @throws ShoalError name-conflict, unsafe-path, unsupported */
  async rename(file: FileIndex, path: readonly string[]): Promise<void> {
    await this.#requireChanges().rename(file, path);
  }

  /** See `StorageChanges`. @throws ShoalError name-conflict, unsupported */
  async select(wanted: ReadonlySet<FileIndex>, have: Bitfield): Promise<Selected> {
    return await this.#requireChanges().select(wanted, have);
  }

  #requireChanges(): StorageChanges {
    if (this.#changes === undefined)
      throw new ShoalError(
        'unsupported',
        'a share in place lies where the person has it: share it from its new place',
      );
    return this.#changes;
  }

  /** The piece layers of a link come from peers: without them the data could not be offered as v2 the next time. */
  saveTorrent(): void {
    const { context, metainfo, key, place, trackers } = this.#options;
    const layers = metainfo.pieceLayers.size;
    if (layers === this.#keptLayers) return;
    const torrent = encodeMetainfo({ ...metainfo, trackers });
    context.torrents.save(key, { folder: this.folder, kind: place.kind }, torrent);
    this.#keptLayers = layers;
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

  /** @throws ShoalError when fetched data cannot be saved */
  async close(): Promise<void> {
    this.guard.close();
    try {
      await this.#store?.close();
      this.#saveCounts();
    } finally {
      this.files.closeAll();
    }
  }

  /** Of a share in place, once: the store of a fetched one saves them with its pieces. */
  #saveCounts(): void {
    const { context, key, folder, place, totals } = this.#options;
    const record = place.kind === 'place' ? context.records.get(key, folder) : undefined;
    if (record === undefined || this.#hasSavedCounts) return;
    this.#hasSavedCounts = true;
    const { uploaded, downloaded } = totals();
    context.records.update({
      ...{ ...record, prints: new Map() },
      uploaded: record.uploaded + uploaded,
      downloaded: record.downloaded + downloaded,
    });
  }
}

interface Parts {
  readonly options: StorageOptions;
  readonly files: ShareFiles;
  readonly group: number;
}

function isNeeded(files: ShareFiles, piece: PieceIndex): boolean {
  const slices = files.geometry.slices(piece, 0, files.geometry.pieceLength(piece));
  return slices.some(({ file }) => !files.isFinished(file) && files.isWanted(file));
}

function openGuard({ options, files, group }: Parts, store: () => ShareStore | undefined): ReadGuard {
  const { context, metainfo, events } = options;
  return new ReadGuard({
    files,
    metainfo,
    prover: context.prover,
    group,
    clock: context.clock,
    events: {
      onUnreadable: (pieces, error) => {
        // A neighbour that is not whole yet needs its share of a piece all the same.
        const needed = pieces.filter((piece) => isNeeded(files, piece));
        events.onUnreadable(
          pieces.filter((piece) => !needed.includes(piece)),
          error,
        );
        if (needed.length > 0) events.onLost(needed);
      },
      onPartUnreadable: (file, piece, error) => store()?.handlePartUnreadable(file, piece, error),
      onReadable: (pieces, path) => events.onReadable(pieces, path),
      onStalled: (error) => events.onTrouble(error),
      onResponding: () => {
        if (store()?.trouble === undefined) events.onRecovered();
      },
    },
  });
}

/** A record never stands without its torrent: without it the piece numbers mean nothing. */
function keepTorrent({ context, metainfo, key, folder, place, trackers, torrent }: StorageOptions): void {
  const at = { folder, kind: place.kind };
  if (torrent === 'kept' && context.torrents.has(key)) return context.torrents.addPlace(key, at);
  const isGiven = torrent !== undefined && torrent !== 'kept';
  context.torrents.save(key, at, isGiven ? torrent : encodeMetainfo({ ...metainfo, trackers }));
}

/** Nothing is written but the record. */
function openInPlace(parts: Parts): ShareStorage {
  const { options } = parts;
  const { context, key, folder } = options;
  assert(options.proved !== undefined, 'a share in place was hashed');
  const { pieces: present, prints } = options.proved;
  const storage = ShareStorage.of(parts, undefined, present, 0);
  for (const [file, print] of prints) storage.guard.expect(file, print);
  const before = context.records.get(key, folder);
  keepTorrent(options);
  context.records.put({
    key,
    folder,
    kind: 'place',
    have: present.bytes,
    trust: 'all',
    epoch: 0,
    uploaded: before?.uploaded ?? 0,
    downloaded: before?.downloaded ?? 0,
    prints,
  });
  const { metainfo, place } = options;
  if (place.kind === 'place') notePlaced({ context, metainfo, key, folder, place });
  return storage;
}

async function openFetched(parts: Parts, outputDir: string): Promise<ShareStorage> {
  const { options, files, group } = parts;
  const { context, metainfo, key, folder, signal, onProgress, events, totals } = options;
  await options.prepare?.(metainfo, files, signal);
  const journalPath = journalPathOf(context, key, folder);
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
    onWarning: (message) => events.onWarning(message),
  });
  const present = resumed.trusted.clone();
  for (const piece of resumed.found) present.add(piece);
  await files.makeOutputFolder();
  await requireWritable(files, present);
  await requireSpace(files, present, outputDir);
  const record: ShareRecord = {
    key,
    folder,
    kind: 'fetch',
    have: resumed.trusted.bytes,
    trust: before?.trust === undefined ? 'journal' : before.trust,
    epoch: before?.epoch ?? 0,
    uploaded: before?.uploaded ?? 0,
    downloaded: before?.downloaded ?? 0,
    prints: resumed.prints,
  };
  keepTorrent(options);
  context.records.put(record);
  let opened: ShareStorage | undefined;
  const store = new ShareStore({
    metainfo,
    files,
    prover: context.prover,
    group,
    journal: new JournalFile(files.disk, journalPath),
    records: context.records,
    record,
    clock: context.clock,
    events: { ...events, onReopened: (file) => opened?.guard.forget(file) },
    totals,
  });
  await store.open(resumed.found);
  const storage = ShareStorage.of(parts, store, present, resumed.hashed);
  opened = storage;
  for (const [file, print] of record.prints) if (files.isFinished(file)) storage.guard.expect(file, print);
  return storage;
}
