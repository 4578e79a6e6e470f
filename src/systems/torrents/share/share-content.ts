/**
 * The files of one share once they are open, between its swarm and its storage: what the disk says goes to the swarm
 * machine, what the swarm has proved goes to the disk, and what is here of the wanted files is counted.
 *
 * Invariant: the swarm machine fetches nothing before it knows what is here, what is wanted and in which order.
 */
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { ShareStorage } from '../../../data/storage/node/share-storage.ts';
import type { StorageEvents } from '../../../data/storage/node/storage-options.ts';
import { piecePriorities, piecesOf } from '../../../data/storage/selection.ts';
import { formatCount } from '../../../ground/count.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import type { FileIndex } from '../../../ground/units.ts';
import type { ShareDriver } from '../swarm/node/share-driver.ts';
import type { FetchStrategy } from './options.ts';
import { ProgressCounter } from './core/progress.ts';

/** Events of the content, for the share. */
export interface ContentEvents {
  /** The disk refuses what is fetched; fetching goes on by itself after `onRecovered`. */
  onTrouble(error: ShoalError): void;
  onRecovered(): void;
  /** For people: written bytes will be replaced. */
  onWarning(message: string): void;
  /** For people. */
  onNotice(message: string): void;
  /** Files of a person were lost, or found again. */
  onFilesChanged(): void;
}

export interface ContentOptions {
  readonly driver: ShareDriver;
  readonly metainfo: Metainfo;
  readonly wanted: ReadonlySet<FileIndex>;
  readonly openStorage: (events: StorageEvents) => Promise<ShareStorage>;
  readonly events: ContentEvents;
}

export class ShareContent {
  readonly storage: ShareStorage;
  readonly #driver: ShareDriver;
  readonly #metainfo: Metainfo;
  #wanted: ReadonlySet<FileIndex>;
  #counter: ProgressCounter;
  /** Piece layers came from peers that are not saved yet. */
  #hasNewLayers = false;

  private constructor({ driver, metainfo, wanted }: ContentOptions, storage: ShareStorage) {
    this.#driver = driver;
    this.#metainfo = metainfo;
    this.#wanted = wanted;
    this.storage = storage;
    const { geometry } = storage.files;
    this.#counter = new ProgressCounter(geometry, wanted, piecesOf(geometry, wanted), storage.present);
  }

  /** Opens the storage: looks what is here, which may take long. @throws ShoalError */
  static async open(options: ContentOptions): Promise<ShareContent> {
    let content: ShareContent | undefined;
    const storage = await options.openStorage(storageEvents(options, () => content));
    content = new ShareContent(options, storage);
    return content;
  }

  /** Bytes that are wanted. */
  get totalBytes(): number {
    return this.#counter.totalBytes;
  }

  /** Bytes that are wanted, here and proved. */
  get doneBytes(): number {
    return this.#counter.doneBytes;
  }

  /** Gives the swarm machine what is here; from now on it fetches what is missing. */
  start(strategy: FetchStrategy): void {
    const { geometry } = this.storage.files;
    const { present } = this.storage;
    const pieces = Array.from({ length: geometry.pieceCount }, (_, piece) => piece);
    const here = pieces.filter((piece) => present.has(piece));
    const { priorities, isEndsFirst } = strategy;
    const isAllWanted = piecesOf(geometry, this.#wanted).count === geometry.pieceCount;
    const isPlain = isAllWanted && priorities.size === 0 && !isEndsFirst;
    this.#driver.setStorage(this.storage);
    this.#driver.call((swarm, now) => {
      if (!isPlain)
        swarm.handlePriorities(now, piecePriorities(geometry, this.#wanted, priorities, isEndsFirst));
      // Nothing is asked for before it is known that only what is read shall be.
      swarm.downloads.isPaused = true;
      swarm.handleShare(now, this.#metainfo, here);
      applyOrder(this.#driver, strategy);
      swarm.handlePaused(now, false);
    });
    this.#nameWholeFiles();
  }

  /** From now on. @param hasNewPriorities files come in another order */
  applyStrategy(strategy: FetchStrategy, hasNewPriorities: boolean): void {
    const { geometry } = this.storage.files;
    const { priorities, isEndsFirst } = strategy;
    this.#driver.call((swarm, now) => {
      applyOrder(this.#driver, strategy);
      if (hasNewPriorities)
        swarm.handlePriorities(now, piecePriorities(geometry, this.#wanted, priorities, isEndsFirst));
    });
  }

  /** A piece is proved and written. */
  handlePiece(piece: number): void {
    for (const file of this.#counter.handlePiece(piece)) this.storage.handleComplete(file);
  }

  #nameWholeFiles(): void {
    for (const file of this.#counter.wholeFiles()) this.storage.handleComplete(file);
  }

  /**
   * Changes the wanted files. Complete files stay; incomplete ones that are no longer wanted are removed.
   * @throws ShoalError
   */
  async select(wanted: ReadonlySet<FileIndex>, strategy: FetchStrategy): Promise<void> {
    const { geometry } = this.storage.files;
    const { picker } = this.#driver.swarm.content!;
    const { lost, found } = await this.storage.select(wanted, picker.have);
    // Only now: pieces went on arriving until the storage held still.
    const have = picker.have.clone();
    for (const piece of lost) have.delete(piece);
    for (const piece of found) if (picker.active(piece) === undefined) have.add(piece);
    this.#wanted = wanted;
    this.#counter = new ProgressCounter(geometry, wanted, piecesOf(geometry, wanted), have);
    this.#driver.lose(lost, true);
    this.#driver.call((swarm, now) => swarm.handleFound(now, found));
    this.applyStrategy(strategy, true);
    this.#nameWholeFiles();
  }

  /**
   * All that is wanted is proved: saves it under its final names.
   * @param isOver asked when the disk has answered
   * @returns false when the share ended meanwhile, or something was lost again before all was saved
   * @throws ShoalError
   */
  async save(isOver: () => boolean): Promise<boolean> {
    await this.storage.settle();
    if (isOver() || !this.#driver.swarm.isComplete) return false;
    const { files } = this.storage;
    await files.finishLinks();
    this.storage.saveTorrent();
    if (this.#wanted.size === this.#metainfo.info.files.length) await files.removeEdges();
    return true;
  }

  /** A piece layer came from peers (BEP 52). @throws ShoalError when the last one cannot be saved */
  handleLayer(): void {
    this.#hasNewLayers = true;
    if (this.#driver.swarm.hashes.missingLayers === 0) this.saveLayers();
  }

  /** Without its piece layers, what was fetched of a v2 share could not be proved at the next start. @throws ShoalError */
  saveLayers(): void {
    if (!this.#hasNewLayers) return;
    this.#hasNewLayers = false;
    this.storage.saveTorrent();
  }

  handleLost(pieces: readonly number[], isWanted: boolean): void {
    for (const piece of pieces) this.#counter.handleLost(piece);
    this.#driver.lose(pieces, isWanted);
  }

  handleFound(pieces: readonly number[]): void {
    for (const piece of pieces) this.#counter.handlePiece(piece);
    this.#driver.call((swarm, now) => swarm.handleFound(now, pieces));
  }
}

/** In which order pieces are asked for, besides their priorities. Within a call of the machine. */
function applyOrder({ swarm }: ShareDriver, { isSequential, isOnDemand }: FetchStrategy): void {
  const { picker } = swarm.content!;
  picker.isSequential = isSequential;
  picker.isOnDemand = isOnDemand;
  swarm.downloads.needsRefill = true;
}

/** @param content undefined while the storage is being opened: nothing is counted yet */
function storageEvents(
  { driver, events }: ContentOptions,
  content: () => ShareContent | undefined,
): StorageEvents {
  return {
    onTrouble: (error) => {
      driver.call((swarm, now) => swarm.handlePaused(now, true));
      driver.setHeldBack(false);
      events.onTrouble(error);
    },
    onRecovered: () => {
      driver.call((swarm, now) => swarm.handlePaused(now, false));
      events.onRecovered();
    },
    onFinished: (file) => void content()?.storage.watch(file),
    onWarning: (message) => events.onWarning(message),
    onLost: (pieces) => content()?.handleLost(pieces, true),
    onUnreadable: (pieces, error) => {
      content()?.handleLost(pieces, false);
      events.onNotice(`${error.message} (${formatCount(pieces.length, 'piece')})`);
      events.onFilesChanged();
    },
    onReadable: (pieces, path) => {
      content()?.handleFound(pieces);
      events.onNotice(`${path} is offered again (${formatCount(pieces.length, 'piece')})`);
      events.onFilesChanged();
    },
  };
}
