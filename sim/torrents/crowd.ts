/**
 * Swarm efficiency: the swarm machines that ship, a thousand of them, on a network of given rates. Nothing fails here;
 * what is measured is how well uplinks are used and who gets what.
 *
 * The fluid lower bound for giving F bytes to N peers from a seed of uplink u_s is
 * max(F/u_s, F/d_min, N·F/(u_s + Σu_i)): Kumar and Ross, "Peer-Assisted File Distribution: The Minimum Distribution
 * Time" (2006).
 */
import { Geometry } from '../../src/data/content/geometry.ts';
import { buildInfo } from '../../src/data/content/build-info.ts';
import { type Metainfo, metainfoFromInfo } from '../../src/data/content/metainfo.ts';
import { type Address, addressKey, type PeerAddress } from '../../src/ground/address.ts';
import { assert } from '../../src/ground/assert.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import type { Timer } from '../../src/ground/ports.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { TokenBucket } from '../../src/ground/token-bucket.ts';
import type { SwarmEvent, SwarmSink } from '../../src/systems/torrents/swarm/core/sink.ts';
import { Swarm } from '../../src/systems/torrents/swarm/core/swarm.ts';
import { decodeHandshake, HANDSHAKE_LENGTH } from '../../src/systems/torrents/swarm/wire/handshake.ts';
import { CrowdHost, type CrowdStream, dial, type LinkEnd } from './crowd-net.ts';
import { World } from '../world/world.ts';

export type Role = 'seed' | 'honest' | 'free rider' | 'strategist';

export interface Member {
  readonly role: Role;
  /** Bytes a second. */
  readonly up: number;
  readonly down: number;
  /** Simulated milliseconds. */
  readonly joinsAt?: number;
  /** Goes when it has all, or at this time. */
  readonly leavesWhenDone?: boolean;
  readonly leavesAt?: number;
}

export interface CrowdOptions {
  readonly seed: number;
  readonly sizeBytes: number;
  readonly pieceLength: number;
  readonly members: readonly Member[];
  readonly maxPeers?: number;
}

/** Hashing and writing a piece. */
const PROOF_MS = 5;
/** Addresses that a tracker tells at once, and how often it is asked. */
const TOLD = 50;
const ANNOUNCE_MS = 60_000;
const MAX_PEERS = 50;
const UPLOAD_SLOTS = 8;
const PIECE_MEMORY = 32 * 1024 * 1024;

export class CrowdPeer implements SwarmSink {
  readonly swarm: Swarm;
  readonly member: Member;
  readonly host: CrowdHost;
  readonly address: Address;
  completedAt: number | undefined;
  /** Bytes that its uplink had sent when it was complete. */
  sentAtCompletion = 0;
  isGone = false;
  readonly #crowd: Crowd;
  readonly #streams = new Map<number, CrowdStream>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(crowd: Crowd, index: number, member: Member, maxPeers: number) {
    this.#crowd = crowd;
    this.member = member;
    const { world } = crowd;
    this.address = { host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, port: 6881 };
    this.host = new CrowdHost(world, { ...member, delayMs: 5 + world.prng.below(45) });
    const isStrategist = member.role === 'strategist';
    this.swarm = new Swarm({
      sink: this,
      prng: createPrng(world.prng.below(0x1_0000_0000)),
      hasher: nodeHasher,
      peerId: world.prng.fill(new Uint8Array(20)),
      clientName: 'crowd',
      infoHashV1: crowd.metainfo.infoHashV1,
      needsMetadata: false,
      listenPort: 6881,
      downloadLimit: new TokenBucket(),
      uploadLimit: new TokenBucket(),
      // A strategist knows everybody and gives each as little as keeps it interesting.
      maxPeers: isStrategist ? 3 * maxPeers : maxPeers,
      uploadSlots: member.role === 'free rider' ? 0 : isStrategist ? 3 * UPLOAD_SLOTS : UPLOAD_SLOTS,
      pieceMemoryBytes: PIECE_MEMORY,
    });
    this.host.accept = (stream) => (this.isGone ? undefined : this.#accept(stream));
  }

  start(): void {
    const { world, metainfo, geometry } = this.#crowd;
    const had = this.member.role === 'seed' ? Array.from({ length: geometry.pieceCount }, (_, i) => i) : [];
    this.call(() => this.swarm.handleShare(world.now, metainfo, had));
    this.#announce();
    if (this.member.leavesAt !== undefined) world.at(this.member.leavesAt, () => this.leave());
  }

  #announce(): void {
    if (this.isGone || this.completedAt !== undefined) return;
    const told = this.#crowd.draw(this, TOLD);
    this.call(() => this.swarm.handleCandidates(this.#crowd.world.now, told, 'tracker'));
    this.#crowd.world.after(ANNOUNCE_MS, () => this.#announce());
  }

  leave(): void {
    if (this.isGone) return;
    this.call(() => this.swarm.handleStop(this.#crowd.world.now));
    this.isGone = true;
    this.#timer?.cancel();
  }

  call(action: () => void): void {
    if (this.isGone) return;
    action();
    const at = this.swarm.nextTimeout() ?? Number.POSITIVE_INFINITY;
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#crowd.world.at(at, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.call(() => this.swarm.handleTimeout(this.#crowd.world.now));
    });
  }

  connect(id: number, address: PeerAddress): void {
    const { world } = this.#crowd;
    this.#streams.set(id, dial(world, this.host, this.#crowd.find(address)?.host, this.#end(id)));
  }

  #end(id: number): LinkEnd {
    const { world } = this.#crowd;
    return {
      onConnected: () => this.call(() => this.swarm.handleConnected(world.now, id)),
      onData: (bytes) => this.call(() => this.swarm.handleReceived(world.now, id, bytes)),
      onClosed: () => {
        if (!this.#streams.delete(id)) return;
        const blame = { code: 'link-failed', message: 'closed', guilty: 'nobody' } as const;
        this.call(() => this.swarm.handleClosed(world.now, id, blame));
      },
    };
  }

  /** The first message of a stream begins with the handshake. */
  #accept(stream: CrowdStream): LinkEnd {
    let inner: LinkEnd | undefined;
    return {
      onConnected: () => {},
      onClosed: () => inner?.onClosed(),
      onData: (bytes) => {
        if (inner !== undefined) return inner.onData(bytes);
        const id = this.swarm.nextId();
        this.#streams.set(id, stream);
        inner = this.#end(id);
        const handshake = decodeHandshake(bytes)!;
        const host = this.#crowd.nameOf(stream.to);
        this.call(() =>
          this.swarm.handleIncoming(
            this.#crowd.world.now,
            id,
            { host, port: 40_000 + (id % 20_000) },
            handshake,
          ),
        );
        if (bytes.length > HANDSHAKE_LENGTH) inner.onData(bytes.subarray(HANDSHAKE_LENGTH));
      },
    };
  }

  send(id: number, bytes: Uint8Array): void {
    this.#streams.get(id)?.write(bytes);
  }

  sendBlock(id: number, piece: number, begin: number, length: number): void {
    const taken = (): void => this.call(() => this.swarm.handleSent(this.#crowd.world.now, id, length));
    this.#streams.get(id)?.writeBlock({ piece, begin, length, taken });
  }

  close(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.close();
  }

  expectPiece(): void {}

  storeBlock(): void {}

  provePiece(piece: number): void {
    const { world } = this.#crowd;
    world.after(PROOF_MS, () => {
      this.call(() => this.swarm.handleVerdicts(world.now, [{ piece, isRight: true }]));
      this.#crowd.handleHeld(piece);
    });
  }

  readLeaves(): void {}

  emit(event: SwarmEvent): void {
    if (event.type === 'banned') throw new Error(`an honest peer was banned: ${event.reason}`);
    if (event.type !== 'complete' || this.completedAt !== undefined) return;
    const { world } = this.#crowd;
    this.completedAt = world.now;
    this.sentAtCompletion = this.host.sentBytes;
    this.#crowd.handleComplete();
    if (this.member.leavesWhenDone === true) world.after(0, () => this.leave());
  }
}

export class Crowd {
  readonly world: World;
  readonly metainfo: Metainfo;
  readonly geometry: Geometry;
  readonly peers: CrowdPeer[] = [];
  readonly #names = new Map<CrowdHost, string>();
  readonly #byAddress = new Map<string, CrowdPeer>();
  readonly #options: CrowdOptions;
  #left: number;
  /** Pieces that nobody has fetched yet. */
  readonly #unheld = new Set<number>();
  /** The bytes that the seeds had sent when every piece was out, in copies of the share: 1 is the least. */
  seedCopies: number | undefined;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.world = new World(options.seed);
    this.metainfo = makeMetainfo(options.sizeBytes, options.pieceLength);
    this.geometry = new Geometry(this.metainfo.info);
    for (const [index, member] of options.members.entries()) {
      const peer = new CrowdPeer(this, index + 1, member, options.maxPeers ?? MAX_PEERS);
      this.peers.push(peer);
      this.#names.set(peer.host, peer.address.host);
      this.#byAddress.set(addressKey(peer.address), peer);
    }
    this.#left = this.fetching.length;
    for (let piece = 0; piece < this.geometry.pieceCount; piece++) this.#unheld.add(piece);
    for (const peer of this.peers) this.world.at(peer.member.joinsAt ?? 0, () => peer.start());
  }

  get fetching(): CrowdPeer[] {
    return this.peers.filter(({ member }) => member.role !== 'seed');
  }

  /** Until everybody who stays has all, or the time is over. */
  run(untilMs: number): this {
    this.world.run(untilMs, () => this.#left === 0);
    return this;
  }

  handleHeld(piece: number): void {
    if (!this.#unheld.delete(piece) || this.#unheld.size > 0) return;
    const seeds = this.peers.filter(({ member }) => member.role === 'seed');
    this.seedCopies = seeds.reduce((sum, { host }) => sum + host.sentBytes, 0) / this.geometry.dataLength;
  }

  handleComplete(): void {
    this.#left--;
  }

  find(address: PeerAddress): CrowdPeer | undefined {
    const peer = this.#byAddress.get(addressKey(address));
    return peer?.isGone === true ? undefined : peer;
  }

  nameOf(host: CrowdHost): string {
    return this.#names.get(host)!;
  }

  /** The answer of a tracker: random peers that are present. */
  draw(asking: CrowdPeer, count: number): Address[] {
    const { prng, now } = this.world;
    const told = new Set<Address>();
    for (let tries = 0; told.size < count && tries < 4 * count; tries++) {
      const peer = this.peers[prng.below(this.peers.length)]!;
      if (peer !== asking && !peer.isGone && (peer.member.joinsAt ?? 0) <= now) told.add(peer.address);
    }
    return [...told];
  }

  /** Seconds: no scheme is faster. */
  fluidBound(): number {
    const { sizeBytes, members } = this.#options;
    const seeds = members.filter(({ role }) => role === 'seed');
    const others = members.filter(({ role }) => role !== 'seed');
    const seedUp = seeds.reduce((sum, { up }) => sum + up, 0);
    const up = others.reduce((sum, member) => sum + (member.role === 'free rider' ? 0 : member.up), seedUp);
    const slowest = Math.min(...others.map(({ down }) => down));
    return Math.max(sizeBytes / seedUp, sizeBytes / slowest, (others.length * sizeBytes) / up);
  }
}

function makeMetainfo(sizeBytes: number, pieceLength: number): Metainfo {
  const v1Hashes = new Uint8Array(Math.ceil(sizeBytes / pieceLength) * 20);
  const files = [{ path: ['data'], lengthBytes: sizeBytes, isExecutable: false }];
  const options = { version: 'v1', name: 'data', isSingleFile: true, pieceLength } as const;
  const infoBytes = buildInfo(files, options, { v1Hashes });
  const parsed = metainfoFromInfo(infoBytes, nodeHasher);
  assert(parsed.ok, 'a simulated share is well formed');
  return parsed.value;
}

/** Jain's index: 1 when all are equal, 1/n when one has everything. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}
