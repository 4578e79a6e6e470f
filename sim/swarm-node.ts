/**
 * A simulated peer: the swarm machine that ships, driven in virtual time over simulated streams, with its data in
 * memory. It checks the invariants of the design at every step: no unproved byte is served, each piece is in exactly
 * one state, queues are bounded.
 */
import { Geometry, v1PieceHash, v2PieceHash } from '../src/data/content/geometry.ts';
import { merkleRoot } from '../src/data/content/merkle.ts';
import type { Metainfo } from '../src/data/content/metainfo.ts';
import { type Address, addressKey } from '../src/ground/address.ts';
import { assert } from '../src/ground/assert.ts';
import { concatBytes, equalBytes } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { TokenBucket } from '../src/ground/token-bucket.ts';
import { BLOCK_LENGTH } from '../src/ground/units.ts';
import type { Blame, SwarmEvent, SwarmSink } from '../src/systems/torrents/swarm/core/sink.ts';
import type { ProofVerdict } from '../src/systems/torrents/swarm/core/downloads.ts';
import { Swarm } from '../src/systems/torrents/swarm/core/swarm.ts';
import type { BlockSender } from '../src/systems/torrents/swarm/node/block-sender.ts';
import { decodeHandshake, HANDSHAKE_LENGTH } from '../src/systems/torrents/swarm/wire/handshake.ts';
import type { HashRange } from '../src/systems/torrents/swarm/wire/messages.ts';
import { PIECE_HEADER_LENGTH, writePieceHeader } from '../src/systems/torrents/swarm/wire/messages.ts';
import type { Network, SimStream, StreamReceiver } from './streams.ts';
import type { Timer, World } from './world.ts';

/** What a peer does wrong. Honest peers do nothing of it. */
export interface Malice {
  /** One block in so many is corrupted on its way out. */
  readonly corruptOneIn?: number;
  /** Requests are taken and never answered. */
  readonly isSilent?: boolean;
}

/** Where a node keeps its data, if not in memory: see `disk-node.ts`. */
export interface NodeStorage {
  prove(piece: number, data: Uint8Array, wantsHashes: boolean, done: (verdict: ProofVerdict) => void): void;
  /** Reads and sends blocks. */
  createSender(write: (bytes: Uint8Array, taken: (isSent: boolean) => void) => void, id: number): BlockSender;
  handleEvent(event: SwarmEvent): void;
}

export interface NodeOptions {
  readonly storage?: NodeStorage;
  readonly address: Address;
  readonly metainfo: Metainfo;
  /** Starts without the metadata, as from a magnet link. */
  readonly isFromMagnet?: boolean;
  /** All data, for a seed. */
  readonly data?: readonly Uint8Array[];
  readonly malice?: Malice;
  readonly uploadLimit?: number;
  readonly downloadLimit?: number;
  readonly isSuperSeeding?: boolean;
  readonly isSequential?: boolean;
  readonly priorities?: (piece: number) => number;
}

/** Hashing and writing take this long: data proves while more arrives. */
const PROOF_MS = 5;
const MAX_QUEUED_UPLOADS = 2200;

export class SwarmNode implements SwarmSink {
  readonly swarm: Swarm;
  readonly address: Address;
  readonly name: string;
  readonly pieces: (Uint8Array | undefined)[];
  readonly banned: string[] = [];
  readonly gone: Blame[] = [];
  completedAt: number | undefined;
  wrongPieces = 0;
  isDown = false;
  #isListening = false;

  readonly #world: World;
  readonly #network: Network;
  readonly #options: NodeOptions;
  readonly #geometry: Geometry;
  readonly #streams = new Map<number, SimStream>();
  readonly #senders = new Map<number, BlockSender>();
  readonly #partial = new Map<number, Uint8Array>();
  readonly #proving = new Set<number>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #servedBlocks = 0;

  constructor(world: World, network: Network, options: NodeOptions) {
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.address = options.address;
    this.name = addressKey(options.address);
    this.#geometry = new Geometry(options.metainfo.info);
    this.pieces = [...(options.data ?? new Array<undefined>(this.#geometry.pieceCount).fill(undefined))];
    const seed = world.prng.below(0x1_0000_0000);
    this.swarm = new Swarm({
      sink: this,
      prng: createPrng(seed),
      hasher: nodeHasher,
      peerId: world.prng.fill(new Uint8Array(20)),
      clientName: 'sim',
      infoHashV1: options.metainfo.infoHashV1,
      infoHashV2: options.metainfo.infoHashV2,
      needsMetadata: options.isFromMagnet === true,
      listenPort: options.address.port,
      downloadLimit: new TokenBucket(options.downloadLimit),
      uploadLimit: new TokenBucket(options.uploadLimit),
      maxPeers: 40,
      uploadSlots: 4,
      pieceMemoryBytes: 64 * options.metainfo.info.pieceLength,
      isSuperSeeding: options.isSuperSeeding === true,
      isSequential: options.isSequential === true,
    });
    network.hosts.get(this.name)!.accept = (stream) =>
      this.isDown || !this.#isListening ? undefined : this.#accept(stream);
  }

  get isSeed(): boolean {
    return this.#options.data !== undefined;
  }
  get isHonest(): boolean {
    return this.#options.malice === undefined;
  }

  start(): void {
    this.#isListening = true;
    if (this.#options.isFromMagnet === true) return;
    this.#openShare();
  }

  #openShare(): void {
    const had = [...this.pieces.keys()].filter((piece) => this.pieces[piece] !== undefined);
    this.call(() => {
      if (this.#options.priorities !== undefined)
        this.swarm.handlePriorities(this.#world.now, this.#options.priorities);
      // Each machine fills its own copy: layers that one learns must not appear at another.
      const { metainfo } = this.#options;
      const layers = this.#options.isFromMagnet === true ? new Map() : new Map(metainfo.pieceLayers);
      this.swarm.handleShare(this.#world.now, { ...metainfo, pieceLayers: layers }, had);
    });
  }

  learn(addresses: readonly Address[]): void {
    this.call(() => this.swarm.handleCandidates(this.#world.now, addresses, 'tracker'));
  }

  /** Pieces that lie on this node's disk, before it starts. */
  setPresent(pieces: Iterable<number>, data: readonly Uint8Array[]): void {
    for (const piece of pieces) this.pieces[piece] = data[piece]!;
  }

  /** A piece is gone from the disk. */
  lose(piece: number): void {
    this.pieces[piece] = undefined;
    this.call(() => this.swarm.handleLost(this.#world.now, [piece], true));
  }

  /** The process dies: no goodbye. */
  crash(): void {
    this.isDown = true;
    this.#timer?.cancel();
    this.#network.takeDown(this.name, this.#streams.values());
    this.#streams.clear();
  }

  call(action: () => void): void {
    if (this.isDown) return;
    action();
    this.#checkInvariants();
    this.#arm();
  }

  #arm(): void {
    const at = this.swarm.nextTimeout() ?? Number.POSITIVE_INFINITY;
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#world.at(at, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.call(() => this.swarm.handleTimeout(this.#world.now));
    });
  }

  #checkInvariants(): void {
    const { share } = this.swarm;
    for (const peer of this.swarm.peers.values()) {
      assert(
        peer.uploads.length <= MAX_QUEUED_UPLOADS,
        `${this.name}: ${peer.uploads.length} uploads queued`,
      );
      assert(peer.requests.length <= 2048, `${this.name}: ${peer.requests.length} requests outstanding`);
      assert(peer.bytesInFlight >= 0, `${this.name}: negative bytes in flight`);
    }
    if (share === undefined) return;
    for (const active of share.picker.activePieces()) {
      assert(!share.picker.have.has(active.piece), `${this.name}: piece ${active.piece} is had and active`);
    }
    assert(share.picker.activeCount <= 64, `${this.name}: too many active pieces`);
  }

  connect(id: number, address: Address): void {
    this.#streams.set(id, this.#network.dial(this.name, addressKey(address), this.#receiver(id)));
  }

  #receiver(id: number): StreamReceiver {
    return {
      onConnected: () => this.call(() => this.swarm.handleConnected(this.#world.now, id)),
      onData: (chunk) => this.call(() => this.swarm.handleReceived(this.#world.now, id, chunk)),
      onClosed: (failure) => {
        if (!this.#streams.delete(id)) return;
        const message = failure?.message ?? 'closed';
        this.call(() =>
          this.swarm.handleClosed(this.#world.now, id, { code: 'link-failed', message, guilty: 'nobody' }),
        );
      },
    };
  }

  /** Reads the handshake of an incoming stream, as the real listener does. */
  #accept(stream: SimStream): StreamReceiver {
    let held: Uint8Array = new Uint8Array(0);
    let inner: StreamReceiver | undefined;
    return {
      onConnected: () => {},
      onClosed: (failure) => inner?.onClosed(failure),
      onData: (chunk) => {
        if (inner !== undefined) return inner.onData(chunk);
        held = concatBytes([held, chunk]);
        if (held.length < HANDSHAKE_LENGTH || this.isDown) return;
        const handshake = decodeHandshake(held);
        const known = this.#options.metainfo;
        const fits =
          handshake !== undefined &&
          [known.infoHashV1, known.infoHashV2?.subarray(0, 20)].some(
            (hash) => hash !== undefined && equalBytes(hash, handshake.infoHash),
          );
        if (!fits) return stream.reset();
        const id = this.swarm.nextId();
        this.#streams.set(id, stream);
        inner = this.#receiver(id);
        // The far host's address stands in for the remote address of the socket, with a port of its own.
        const address = { host: this.#remoteHost(stream), port: 40_000 + (id % 20_000) };
        this.call(() => this.swarm.handleIncoming(this.#world.now, id, address, handshake));
        const rest = held.subarray(HANDSHAKE_LENGTH);
        if (rest.length > 0) inner.onData(rest);
      },
    };
  }

  #remoteHost(stream: SimStream): string {
    for (const [name, host] of this.#network.hosts)
      if (stream.isTo(host)) return name.slice(0, name.lastIndexOf(':'));
    return '192.0.2.1';
  }

  send(id: number, bytes: Uint8Array): void {
    this.#streams.get(id)?.write(bytes);
  }

  sendBlock(id: number, piece: number, begin: number, length: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || this.#options.malice?.isSilent === true) return;
    if (this.#options.storage !== undefined) {
      let sender = this.#senders.get(id);
      if (sender === undefined) {
        sender = this.#options.storage.createSender((bytes, taken) => stream.write(bytes, taken), id);
        this.#senders.set(id, sender);
      }
      sender.add(piece, begin, length);
      this.#world.after(0, () => sender.kick());
      return;
    }
    const source = this.pieces[piece];
    assert(source !== undefined, `${this.name} serves piece ${piece}, which it has not proved`);
    const message = new Uint8Array(PIECE_HEADER_LENGTH + length);
    writePieceHeader(message, 0, piece, begin, length);
    message.set(source.subarray(begin, begin + length), PIECE_HEADER_LENGTH);
    const { corruptOneIn } = this.#options.malice ?? {};
    if (corruptOneIn !== undefined && ++this.#servedBlocks % corruptOneIn === 0)
      message[PIECE_HEADER_LENGTH]! ^= 0xff;
    stream.write(message, (isSent) => {
      if (isSent) this.call(() => this.swarm.handleSent(this.#world.now, id, length));
    });
  }

  close(id: number, blame: Blame): void {
    this.gone.push(blame);
    this.#senders.get(id)?.close();
    this.#senders.delete(id);
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.close();
  }

  storeBlock(piece: number, begin: number, block: Uint8Array): void {
    let partial = this.#partial.get(piece);
    if (partial === undefined) {
      partial = new Uint8Array(this.#geometry.pieceLength(piece));
      this.#partial.set(piece, partial);
    }
    partial.set(block, begin);
  }

  provePiece(piece: number): void {
    const data = this.#partial.get(piece)!;
    assert(!this.#proving.has(piece) && this.pieces[piece] === undefined, `piece ${piece} is proved twice`);
    this.#partial.delete(piece);
    this.#proving.add(piece);
    const { storage } = this.#options;
    if (storage !== undefined) {
      storage.prove(piece, data, this.swarm.downloads.wantsBlockHashes(piece), (verdict) => {
        this.#proving.delete(piece);
        if (verdict.isRight && verdict.storageFailed !== true) this.pieces[piece] = data;
        this.call(() => this.swarm.handleVerdicts(this.#world.now, [{ piece, ...verdict }]));
      });
      return;
    }
    this.#world.after(PROOF_MS, () => {
      this.#proving.delete(piece);
      const isRight = this.#isRight(piece, data);
      if (isRight) this.pieces[piece] = data;
      else this.wrongPieces++;
      const wantsHashes = !isRight || this.swarm.downloads.wantsBlockHashes(piece);
      const verdict = wantsHashes ? { isRight, blockHashes: leavesOf(data) } : { isRight };
      this.call(() => this.swarm.handleVerdicts(this.#world.now, [{ piece, ...verdict }]));
    });
  }

  #isRight(piece: number, data: Uint8Array): boolean {
    const { share } = this.swarm;
    const v1 = v1PieceHash(share!.metainfo, piece);
    const v2 = v2PieceHash(share!.metainfo, this.#geometry, piece);
    assert(v1 !== undefined || v2 !== undefined, `piece ${piece} was fetched without a hash to prove it`);
    const padded = new Uint8Array(this.#geometry.hashedLength(piece));
    padded.set(data);
    const root = merkleRoot(leavesOf(data), this.#geometry.treeWidth(piece), 0, nodeHasher);
    return (
      (v1 === undefined || equalBytes(nodeHasher.sha1(padded), v1)) &&
      (v2 === undefined || equalBytes(root, v2))
    );
  }

  readLeaves(id: number, range: HashRange, piece: number): void {
    const data = this.pieces[piece];
    this.#world.after(1, () => {
      const leaves = data === undefined ? undefined : leavesOf(data);
      this.call(() => this.swarm.handleLeaves(this.#world.now, id, range, piece, leaves));
    });
  }

  emit(event: SwarmEvent): void {
    this.#world.trace(this.name, event.type);
    this.#options.storage?.handleEvent(event);
    if (event.type === 'complete') this.completedAt = this.#world.now;
    if (event.type === 'banned') this.banned.push(event.address.host);
    // Files are prepared before fetching begins.
    if (event.type === 'metadata') this.#world.after(1, () => this.#openShare());
  }
}

export function leavesOf(data: Uint8Array): Uint8Array {
  const leaves = new Uint8Array(Math.ceil(data.length / BLOCK_LENGTH) * 32);
  for (let at = 0; at * BLOCK_LENGTH < data.length; at++) {
    leaves.set(nodeHasher.sha256(data.subarray(at * BLOCK_LENGTH, (at + 1) * BLOCK_LENGTH)), at * 32);
  }
  return leaves;
}
