/**
 * The storage of one running share: where its files lie, what of them is right, and how what comes gets to the disk.
 * Puts the parts of `storage/` together; what they have to say goes to the share through `StorageEvents`.
 */
import { dirname, join, resolve } from 'node:path';
import type { FileHandles } from '../../disk/file-handles.ts';
import type { PieceJob, PieceProver, PieceVerdict } from '../../disk/piece-batch.ts';
import { Geometry } from '../../content/geometry.ts';
import { encodeMetainfo, type Metainfo } from '../../content/metainfo.ts';
import { assert } from '../../../ground/assert.ts';
import type { Bitfield } from '../../../ground/bitfield.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Clock, Prng } from '../../../ground/ports.ts';
import type { FileIndex, PieceIndex } from '../../../ground/units.ts';
import { safeName } from '../safe-path.ts';
import { piecesOf } from '../selection.ts';
import type { FilePrint } from '../resume-plan.ts';
import type { ShareKind, ShareRecord, ShareRecords } from '../records.ts';
import { JournalFile } from './journal-file.ts';
import { ReadGuard } from './read-guard.ts';
import { resumeFetched, takeUpChosen } from './resume.ts';
import {
  edgesPathOf,
  finishMove,
  journalPathOf,
  moveEdges,
  movePlan,
  notePlaced,
  planFetched,
} from './fetched-paths.ts';
import { type MovePlan, moveFiles, requireFree } from './mover.ts';
import { ShareFiles } from './share-files.ts';
import { ShareStore } from './share-store.ts';

/** Where a share lies: files in place by index, or the folder that files are fetched to. */
export type SharePlace =
  | { readonly kind: 'place'; readonly path: string; readonly diskPaths: (string | undefined)[] }
  | { readonly kind: 'fetch'; readonly outputDir: string };

/** Data that was hashed before the share opens: these pieces are right, in files that look like this. */
export interface ProvedData {
  readonly pieces: Bitfield;
  readonly prints: ReadonlyMap<FileIndex, FilePrint>;
}

interface TorrentPlace {
  readonly folder: string;
  readonly kind: ShareKind;
}

/** Keeps the torrent of each share, and the folders that it lies in, so that it is found again when the records are lost. */
export interface TorrentKeeper {
  has(key: string): boolean;
  /** @throws ShoalError no-space, no-permission, … */
  save(key: string, place: TorrentPlace, torrent: Uint8Array): void;
  /** The share lies there as well; its torrent is kept already. @throws ShoalError no-space, no-permission, … */
  addPlace(key: string, place: TorrentPlace): void;
  /** The share lies in that folder no more. */
  drop(key: string, folder: string): void;
}

/** What the storages of one peer have in common; the simulated world brings its own. */
export interface StorageContext {
  readonly prover: PieceProver;
  readonly handles: FileHandles;
  readonly records: ShareRecords;
  readonly torrents: TorrentKeeper;
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
  /** For people: written bytes will be replaced. */
  onWarning(message: string): void;
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
  /** The torrent file byte for byte, or `kept` when it is in the state folder; else it is made of the metadata. */
  readonly torrent?: Uint8Array | 'kept' | undefined;
  readonly wanted: ReadonlySet<FileIndex>;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly events: StorageEvents;
  readonly totals: () => { readonly uploaded: number; readonly downloaded: number };
  /** May put data there that is at hand, before what exists is looked at. */
  readonly prepare?: ((metainfo: Metainfo, files: ShareFiles) => Promise<void>) | undefined;
  /** In place: the pieces that are right, and the state of the files in which they were found so. */
  readonly proved?: ProvedData | undefined;
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
  #folder: string;
  /** How many piece layers the torrent in the state folder has. */
  #keptLayers: number;
  /** Settled when the work on the files that was asked for last is over. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: Parts, store: ShareStore | undefined, present: Bitfield, hashed: number) {
    this.files = parts.files;
    this.guard = openGuard(parts, () => this.#store);
    this.present = present;
    this.hashed = hashed;
    this.#options = parts.options;
    this.#folder = parts.options.folder;
    this.#keptLayers = parts.options.metainfo.pieceLayers.size;
    this.#store = store;
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
    return join(this.#folder, first ?? safeName(metainfo.info.name));
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

  /** Where it lies: what was asked for, or where a move that was cut short led. */
  get folder(): string {
    return this.#folder;
  }

  /**
   * Moves the files to another folder, also to another file system. Cut short, it is carried on at the next start.
   * @throws ShoalError name-conflict, no-space, unsupported, …
   */
  moveTo(folder: string): Promise<void> {
    return this.#inTurn(() => this.#move(resolve(folder)));
  }

  async #move(to: string): Promise<void> {
    const { context, key } = this.#options;
    const from = this.#folder;
    if (to === from) return;
    const store = this.#requireStore();
    const plan = movePlan(this.files.paths, from, to);
    await requireFree(this.files.disk, plan);
    await this.#whileHeld(store, async () => {
      const move = { from, to };
      context.records.beginMove(key, move.from, move.to);
      await this.#carryOut(plan).catch(async (error: unknown) => {
        // Back to where it lay; if even that fails, the next start carries the move on.
        await this.#carryOut({ ...plan, from: plan.to, to: plan.from });
        context.records.cancelMove(key, move);
        throw error;
      });
      context.records.finishMove(key, move);
      this.files.relocate(to, edgesPathOf(context, key, to));
      this.#folder = to;
      await this.#lookAgain(store);
      return new JournalFile(this.files.disk, journalPathOf(context, key, to));
    });
    context.torrents.addPlace(key, { folder: to, kind: 'fetch' });
    context.torrents.drop(key, from);
  }

  /**
   * Moves, renames and choices come one after another: a rename within a move would look for a file where it lies no
   * longer.
   */
  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Runs `action` while nothing is written. Only in turn. @param action may return a new journal */
  async #whileHeld(store: ShareStore, action: () => Promise<JournalFile | undefined>): Promise<void> {
    await store.hold();
    let journal: JournalFile | undefined;
    try {
      journal = await action();
    } catch (error) {
      // Files may have been moved there and back: what is open is not what has the names.
      this.files.closeAll();
      await store.resume();
      throw error;
    }
    await store.resume(journal);
  }

  /** A copy on another file system may keep times less exactly. */
  async #lookAgain(store: ShareStore): Promise<void> {
    const prints = new Map<FileIndex, FilePrint>();
    for (const { file, size, modifiedMs } of await this.files.fingerprint()) {
      prints.set(file, { size, modifiedMs });
      if (this.files.isFinished(file)) this.guard.expect(file, { size, modifiedMs });
    }
    store.relocate(this.#folder, prints);
  }

  async #carryOut(plan: MovePlan): Promise<void> {
    const { context, key } = this.#options;
    await moveFiles(this.files.disk, plan);
    await moveEdges(
      this.files.disk,
      edgesPathOf(context, key, plan.from),
      edgesPathOf(context, key, plan.to),
    );
  }

  /**
   * Gives a file another name, below the share's folder.
   * @throws ShoalError name-conflict, unsafe-path
   */
  rename(file: FileIndex, path: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#rename(file, path));
  }

  async #rename(file: FileIndex, path: readonly string[]): Promise<void> {
    const { context, key } = this.#options;
    const store = this.#requireStore();
    const before = this.files.paths[file];
    if (before === undefined && this.#options.place.kind === 'place')
      throw new ShoalError('unsupported', 'it is shared where you keep it: rename its files yourself');
    if (before === undefined) throw new ShoalError('bad-argument', `there is no file ${file}`);
    requireSafe(path);
    // A share that is a folder keeps its name; one that is a file has no folder of its own.
    const renamed = this.#options.metainfo.info.isSingleFile ? path : [before[0]!, ...path];
    await this.#whileHeld(store, async () => {
      context.records.setName(key, this.#folder, file, { path: renamed, previous: before });
      try {
        await this.files.rename(file, renamed);
      } catch (error) {
        context.records.setName(key, this.#folder, file, { path: before, previous: undefined });
        throw error;
      }
      context.records.setName(key, this.#folder, file, { path: renamed, previous: undefined });
      return undefined;
    });
  }

  /**
   * Other files are wanted from now on. What was fetched of files that are dropped before they are whole is removed; what
   * there is of files that are chosen is taken, as at a start.
   * @param have as it is when nothing is written any more: read once that is so
   * @returns what is not here any more, at the borders of what changed, and what was found
   * @throws ShoalError name-conflict
   */
  async select(wanted: ReadonlySet<FileIndex>, have: Bitfield): Promise<Selected> {
    const { files } = this;
    const store = this.#requireStore();
    const lost = new Set<PieceIndex>();
    let found: readonly PieceIndex[] = [];
    await this.#whileHeld(store, async () => {
      const before = files.wanted;
      const isChanging = (file: FileIndex): boolean =>
        before.has(file) !== wanted.has(file) && !files.isFinished(file);
      const changed = [...files.geometry.files.keys()].filter(isChanging);
      const chosen = new Set(changed.filter((file) => wanted.has(file)));
      found = await this.#takeUp(chosen, before);
      for (const file of changed) {
        const [first, last] = files.geometry.filePieces(file) ?? [0, -1];
        for (let piece = first; piece <= last; piece++) if (have.has(piece)) lost.add(piece);
      }
      for (const piece of found) lost.delete(piece);
      store.discard([...lost]);
      for (const file of changed) {
        const path = chosen.has(file) ? undefined : files.currentPath(file);
        files.forgetPrepared(file);
        if (path !== undefined) await files.disk.remove(path);
      }
      files.select(wanted);
      store.takeUp(found);
      for (const file of chosen) if (files.isFinished(file)) await this.watch(file);
      return undefined;
    });
    return { lost: [...lost], found };
  }

  async #takeUp(
    chosen: ReadonlySet<FileIndex>,
    before: ReadonlySet<FileIndex>,
  ): Promise<readonly PieceIndex[]> {
    const { files } = this;
    const { context, metainfo, signal, events } = this.#options;
    const onWarning = (message: string): void => events.onWarning(message);
    // Those that are dropped as well until it is certain that the others can be had.
    files.select(new Set([...before, ...chosen]));
    try {
      return await takeUpChosen({ metainfo, files, prover: context.prover, signal, onWarning }, chosen);
    } catch (error) {
      files.select(before);
      throw error;
    }
  }

  #requireStore(): ShareStore {
    if (this.#store === undefined)
      throw new ShoalError(
        'unsupported',
        'a share in place lies where the person has it: share it from its new place',
      );
    return this.#store;
  }

  /** The piece layers of a link come from peers: without them the data could not be offered as v2 the next time. */
  saveTorrent(): void {
    const { context, metainfo, key, place, trackers } = this.#options;
    const layers = metainfo.pieceLayers.size;
    if (layers === this.#keptLayers) return;
    const torrent = encodeMetainfo({ ...metainfo, trackers });
    context.torrents.save(key, { folder: this.#folder, kind: place.kind }, torrent);
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

  /** @throws ShoalError when what was fetched cannot be saved */
  async close(): Promise<void> {
    this.guard.close();
    try {
      await this.#store?.close();
    } finally {
      this.files.closeAll();
    }
  }
}

/** Pieces of a fetched share, by what other files being wanted has changed. */
interface Selected {
  /** To be fetched again when they are wanted. */
  readonly lost: readonly PieceIndex[];
  readonly found: readonly PieceIndex[];
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
      onPartFailed: (file, piece, error) => store()?.handlePartFailed(file, piece, error),
      onReadable: (pieces, path) => events.onReadable(pieces, path),
      onStalled: (error) => events.onTrouble(error),
      onMoving: () => {
        if (store()?.trouble === undefined) events.onRecovered();
      },
    },
  });
}

/** A record never stands without its torrent: what it says of pieces could not be understood. */
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
  await options.prepare?.(metainfo, files);
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
  await requireSpace(files, options.wanted, present, outputDir);
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

/** @throws ShoalError unsafe-path */
function requireSafe(path: readonly string[]): void {
  const isSafe = path.length > 0 && path.every((element) => element !== '' && safeName(element) === element);
  if (!isSafe) throw new ShoalError('unsafe-path', `${path.join('/')} is no name that every system can have`);
}

/** Better now than with the first block: the folder of what is missing, or the nearest that there is. */
async function requireWritable(files: ShareFiles, present: Bitfield): Promise<void> {
  const { disk, geometry } = files;
  const missing = [...geometry.files.keys()].find((file) => {
    const [first, last] = geometry.filePieces(file) ?? [0, -1];
    if (!files.isWanted(file) || files.isFinished(file)) return false;
    for (let piece = first; piece <= last; piece++) if (!present.has(piece)) return true;
    return false;
  });
  const path = missing === undefined ? undefined : files.finalPath(missing);
  if (path === undefined) return;
  let folder = dirname(path);
  while ((await disk.stat(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  await disk.requireWritable(folder).catch((error: unknown) => {
    throw fromSystemError(`cannot write to ${folder}`, error);
  });
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
  const [has, needs] = [Math.floor(free / 2 ** 20), Math.ceil(missing / 2 ** 20)];
  throw new ShoalError('no-space', `${outputDir} has ${has} MiB free, ${needs} MiB are needed`, undefined, {
    folder: outputDir,
    freeBytes: free,
    neededBytes: missing,
  });
}
