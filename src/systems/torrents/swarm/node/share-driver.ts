/**
 * Drives one swarm machine on a real machine: its links, its one timer, its files and its proofs. No protocol decision
 * is made here.
 */
import {
  PIECE_MISMATCH,
  PIECE_OK,
  PIECE_UNWRITABLE,
  type PieceJob,
  type PieceProver,
  type PieceVerdict,
} from '../../../../data/disk/piece-batch.ts';
import { addressKey, type PeerAddress } from '../../../../ground/address.ts';
import type { Fetch } from '../../../../ground/node/fetch.ts';
import type { Carrier, Clock, Link, LinkReceiver, Timer, Transport } from '../../../../ground/ports.ts';
import type { ConnectionId, Instant } from '../../../../ground/units.ts';
import type { Encryption } from '../../../../net/encryption/node/encryption.ts';
import type { PieceVerdictOf } from '../core/downloads.ts';
import type { SwarmEvent, SwarmSink } from '../core/sink.ts';
import { Swarm, type SwarmOptions } from '../core/swarm.ts';
import type { Handshake } from '../wire/handshake.ts';
import type { HashRange } from '../wire/messages.ts';
import { Backlog } from './backlog.ts';
import { BlockSender, type BlockSource } from './block-sender.ts';
import { describeClose, DriverReceiver } from './driver-receiver.ts';
import { type FrameCache, ShareFrames } from './frame-cache.ts';
import type { IncomingLink } from './incoming.ts';
import { type PieceArenas, PieceMemory } from './piece-memory.ts';
import type { WebFiles, WebPorts } from './web-files.ts';
import { WebSeedLink } from './web-seed.ts';
import { WebStreamLink } from './web-stream.ts';

/** What a driver needs of a share's storage. */
export interface DriverStorage {
  readonly guard: BlockSource;
  /** See `ShareStore.expect`. */
  expect(piece: number): void;
  /** See `ShareStore.prove`. */
  prove(
    piece: number,
    memory: NonNullable<PieceJob['memory']>,
    wantsBlockHashes: boolean,
    done: (verdict: PieceVerdict) => void,
  ): void;
}

/** Proves pieces, and shares memory with those who store them. */
type DriverPool = Pick<PieceProver, 'submit' | 'warm'> & PieceArenas;

/** What the drivers of a process have in common. */
export interface DriverResources {
  readonly clock: Clock;
  /** Carries the links to peers. */
  readonly transport: Transport;
  /** Of those links; there is none without it. */
  readonly encryption?: Encryption | undefined;
  /** For web seeds. */
  readonly fetch: Fetch;
  readonly pool: DriverPool;
  readonly frames: FrameCache;
}

/** What a driver needs of a link; web seeds have as much. */
type DrivenLink = Omit<Link, 'setReceiver' | 'destroy'>;

/** A web server that holds the files of a share. */
export interface WebSeed {
  readonly id: ConnectionId;
  /** Of the server, under which it is blamed if it lies. */
  readonly address: PeerAddress;
  /** What it would say as a peer. */
  readonly handshake: Handshake;
  readonly files: WebFiles;
  /** It serves no ranges. */
  readonly givesWholeFiles: boolean;
  /** Told why before its link is closed by its own fault. */
  readonly onFailure: (error: Error) => void;
}

/** A window of blocks and as much of everything else. */
const MAX_UNSENT = 4 * 1024 * 1024;

interface LinkState {
  readonly link: DrivenLink;
  sender: BlockSender | undefined;
  readonly address: PeerAddress;
}

export class ShareDriver implements SwarmSink {
  readonly swarm: Swarm;
  /** For the files of web seeds. */
  readonly webPorts: WebPorts;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #encryption: Encryption | undefined;
  readonly #pool: DriverPool;
  readonly #frames: ShareFrames;
  readonly #onEvent: (event: SwarmEvent) => void;
  readonly #links = new Map<ConnectionId, LinkState>();
  readonly #readers = new Set<BlockSender>();
  #storage: DriverStorage | undefined;
  #memory: PieceMemory | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #backlog: Backlog | undefined;
  #verdicts: PieceVerdictOf[] = [];
  #isStopped = false;

  constructor(
    options: Omit<SwarmOptions, 'sink'>,
    { clock, transport, encryption, fetch, pool, frames }: DriverResources,
    onEvent: (event: SwarmEvent) => void,
  ) {
    this.#clock = clock;
    this.#transport = transport;
    this.#encryption = encryption;
    this.webPorts = { clock, fetch };
    this.#pool = pool;
    this.#frames = new ShareFrames(frames);
    this.#onEvent = onEvent;
    this.swarm = new Swarm({ ...options, sink: this });
  }

  /** Where the data is or goes; needed before the first block is sent or proved. */
  setStorage(storage: DriverStorage): void {
    this.#storage = storage;
    if (this.#links.size > 0) this.expectPieces();
  }

  /** Somebody is there who may send: what proves pieces gets ready meanwhile. */
  expectPieces(): void {
    const { content, isComplete } = this.swarm;
    if (this.#storage === undefined || content === undefined || isComplete) return;
    this.#pool.warm(content.picker.wantedLeft * content.geometry.nominalPieceLength);
  }

  /** Runs a `handle…` method of the machine with the time, then does what follows from it. */
  call(action: (swarm: Swarm, now: Instant) => void): void {
    action(this.swarm, this.#clock.now());
    this.#afterCall();
  }

  /** Pieces are not on the disk any more, or changed. @param isWanted fetch them again */
  lose(pieces: readonly number[], isWanted: boolean): void {
    this.#frames.forget();
    this.call((swarm, now) => swarm.handleLost(now, pieces, isWanted));
  }

  /** A link that a peer opened, whose handshake named this share. */
  acceptLink({ link, address, handshake, rest }: IncomingLink): void {
    const id = this.swarm.nextId();
    link.setReceiver(this.#receiver(id));
    this.#links.set(id, { link, sender: undefined, address });
    this.expectPieces();
    const isEncrypted = link.encryption !== undefined;
    this.call((swarm, now) => swarm.handleIncoming(now, id, address, handshake, isEncrypted));
    if (rest.length > 0) this.call((swarm, now) => swarm.handleReceived(now, id, rest));
  }

  /** Adds a web seed (BEP 19) as a peer; the metadata must be known. */
  addWebSeed({ id, address, handshake, files, givesWholeFiles, onFailure }: WebSeed): void {
    if (this.#isStopped) return;
    const { geometry, picker } = this.swarm.content!;
    const clock = this.#clock;
    const plain = this.#receiver(id);
    const receiver = {
      onConnected: () => plain.onConnected(),
      onData: (chunk: Uint8Array) => plain.onData(chunk),
      onClosed: (failure: Error | undefined) => {
        if (failure !== undefined) onFailure(failure);
        plain.onClosed(failure);
      },
    };
    const link = givesWholeFiles
      ? new WebStreamLink({ clock, files, geometry, receiver, needs: (piece) => picker.isWanted(piece) })
      : new WebSeedLink({ clock, files, geometry, receiver });
    this.#links.set(id, { link, sender: undefined, address });
    this.call((swarm, now) => swarm.handleIncoming(now, id, address, handshake));
    // Unless it was turned away.
    if (this.#links.has(id)) link.start();
  }

  /** What carries the link of a peer. */
  carrierOf(id: ConnectionId): Carrier {
    return this.#links.get(id)?.link.transport ?? 'tcp';
  }

  /** Closes all links. Pieces that are being proved are proved and written to the end. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.swarm.handleStop(this.#clock.now());
  }

  /** Gives the memory for pieces back; nothing is proved any more. */
  releaseMemory(): void {
    this.#memory?.close();
  }

  connect(id: ConnectionId, address: PeerAddress, skey: Uint8Array | undefined): void {
    if (!this.#transport.reaches(address)) return this.#failToConnect(id, 'no transport goes there');
    if (skey !== undefined) return this.#connectEncrypted(id, address, skey);
    const link = this.#transport.dial(address, this.#receiver(id));
    this.#links.set(id, { link, sender: undefined, address });
  }

  /** The first such link waits for the engine, and may be given up meanwhile. */
  #connectEncrypted(id: ConnectionId, address: PeerAddress, skey: Uint8Array): void {
    this.#encryption!.use(
      (engine) => {
        if (!this.swarm.peers.has(id)) return;
        const link = engine.dial(this.#transport, address, this.#receiver(id), skey);
        this.#links.set(id, { link, sender: undefined, address });
      },
      (error) => this.#failToConnect(id, String(error)),
    );
  }

  #failToConnect(id: ConnectionId, message: string): void {
    const blame = { code: 'link-failed', message, guilty: 'nobody' } as const;
    this.#clock.after(0, () => this.call((swarm, now) => swarm.handleClosed(now, id, blame)));
  }

  /** How the payload of a connection is encrypted; undefined without an encrypted handshake. */
  encryptionOf(id: ConnectionId): Link['encryption'] {
    return this.#links.get(id)?.link.encryption;
  }

  send(id: ConnectionId, bytes: Uint8Array): void {
    const state = this.#links.get(id);
    if (state === undefined) return;
    state.link.write(bytes);
    if (state.link.unsent <= MAX_UNSENT) return;
    // Not now: the machine is in the middle of a call.
    this.#clock.after(0, () => this.#drop(id, state.address));
  }

  /** Blocks have a window; what piles up are answers that it asked for and does not read. */
  #drop(id: ConnectionId, address: PeerAddress): void {
    const state = this.#links.get(id);
    if (state === undefined || this.#isStopped) return;
    const message = `${addressKey(address)} asks and does not read the answers`;
    this.close(id);
    this.call((swarm, now) =>
      swarm.handleClosed(now, id, { code: 'peer-does-not-read', message, guilty: 'them' }),
    );
  }

  sendBlock(id: ConnectionId, piece: number, begin: number, length: number): void {
    const state = this.#links.get(id);
    if (state === undefined) return;
    state.sender ??= this.#createSender(id, state.link);
    state.sender.add(piece, begin, length);
    this.#readers.add(state.sender);
  }

  close(id: ConnectionId): void {
    const state = this.#links.get(id);
    this.#links.delete(id);
    state?.sender?.close();
    state?.link.close();
  }

  expectPiece(piece: number): void {
    this.#storage!.expect(piece);
  }

  storeBlock(piece: number, begin: number, block: Uint8Array): void {
    this.#memory ??= new PieceMemory(this.#pool, this.swarm.content!.geometry);
    this.#memory.store(piece, begin, block);
  }

  provePiece(piece: number): void {
    const { arena, offset } = this.#memory!.slot(piece);
    const wantsHashes = this.swarm.downloads.wantsBlockHashes(piece);
    const length = this.swarm.content!.geometry.pieceLength(piece);
    this.#backlog ??= new Backlog(this.swarm.content!.geometry);
    this.#backlog.add(length);
    this.#holdBack();
    this.#storage!.prove(piece, { arena, offset }, wantsHashes, (verdict) => {
      this.#memory!.release(piece);
      this.#backlog!.remove(length);
      this.#holdBack();
      if (this.#isStopped) {
        if (verdict.status === PIECE_OK) this.swarm.content!.picker.have.add(piece);
        return;
      }
      const { status, blockHashes } = verdict;
      const isRight = status !== PIECE_MISMATCH;
      const storageFailed = status === PIECE_UNWRITABLE;
      // Small pieces are proved by the dozen: what follows from them follows once.
      if (this.#verdicts.length === 0) queueMicrotask(() => this.#deliverVerdicts());
      this.#verdicts.push({
        piece,
        isRight,
        storageFailed,
        ...(blockHashes === undefined ? {} : { blockHashes }),
      });
    });
  }

  #deliverVerdicts(): void {
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    if (this.#isStopped) {
      for (const { piece, isRight, storageFailed } of verdicts)
        if (isRight && storageFailed !== true) this.swarm.content!.picker.have.add(piece);
      return;
    }
    this.call((swarm, now) => swarm.handleVerdicts(now, verdicts));
  }

  /** Reads no more while too much waits to be written; not when the disk refuses, for then nothing new is asked for. */
  #holdBack(): void {
    this.setHeldBack(this.#backlog!.isOver && !this.swarm.downloads.isPaused);
  }

  setHeldBack(isHeldBack: boolean): void {
    if (this.#backlog?.hold(isHeldBack) !== true) return;
    for (const { link } of this.#links.values()) {
      if (isHeldBack) link.pause();
      else link.resume();
    }
  }

  readLeaves(id: ConnectionId, range: HashRange, piece: number): void {
    const { geometry } = this.swarm.content!;
    const length = geometry.pieceLength(piece);
    const answer = (leaves: Uint8Array | undefined): void =>
      this.call((swarm, now) => swarm.handleLeaves(now, id, range, piece, leaves));
    const { guard } = this.#storage!;
    const treeWidth = geometry.treeWidth(piece);
    guard.acquire(piece, 0, length).then(
      ({ slices, release }) => {
        const job = { length, hashedLength: 0, treeWidth, slices, wantsBlockHashes: true };
        this.#pool.submit(job, (verdict) => {
          release();
          answer(verdict.blockHashes);
        });
      },
      (error: unknown) => {
        answer(undefined);
        if (!this.#isStopped) guard.handleFailure(piece, error, this.swarm.content!.picker.have);
      },
    );
  }

  emit(event: SwarmEvent): void {
    this.#onEvent(event);
  }

  #receiver(id: ConnectionId): LinkReceiver {
    return new DriverReceiver(this, id);
  }

  /** A link is gone, whoever ended it. */
  handleLinkClosed(id: ConnectionId, failure: Error | undefined): void {
    const state = this.#links.get(id);
    if (state === undefined) return;
    state.sender?.close();
    this.#links.delete(id);
    this.call((swarm, now) => swarm.handleClosed(now, id, describeClose(failure, state.address)));
  }

  #createSender(id: ConnectionId, link: DrivenLink): BlockSender {
    const { guard } = this.#storage!;
    return new BlockSender(link, guard, this.#frames, {
      onSent: (bytes) => this.call((swarm, now) => swarm.handleSent(now, id, bytes)),
      hasPiece: (piece) => this.swarm.content!.picker.have.has(piece),
      onLost: (blocks) => {
        if (!this.#isStopped) this.call((swarm, now) => swarm.handleUnread(now, id, blocks));
      },
      onReadFailed: (blocks, piece, cause) => {
        if (this.#isStopped) return;
        this.call((swarm, now) => swarm.handleUnread(now, id, blocks));
        guard.handleFailure(piece, cause, this.swarm.content!.picker.have);
      },
    });
  }

  #afterCall(): void {
    for (const reader of this.#readers) reader.kick();
    this.#readers.clear();
    if (this.#isStopped) return;
    const at = this.swarm.nextTimeout() ?? Number.POSITIVE_INFINITY;
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.after(Math.max(1, at - this.#clock.now()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.call((swarm, now) => swarm.handleTimeout(now));
    });
  }
}
