/**
 * A simulated peer: the driver that ships, on the clock, the links and the storage of the simulated world. It checks the
 * invariants of the design after every call of the machine: each piece is in exactly one state, queues are bounded.
 */
import { Geometry } from '../../src/data/content/geometry.ts';
import type { Metainfo } from '../../src/data/content/metainfo.ts';
import { type Address, addressKey, hostKeyOf, type PeerAddress } from '../../src/ground/address.ts';
import { assert } from '../../src/ground/assert.ts';
import { equalBytes } from '../../src/ground/bytes.ts';
import { denyHostText, type Filter } from '../../src/ground/filter.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import type { Upgrade } from '../../src/ground/ports.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { TokenBucket } from '../../src/ground/token-bucket.ts';
import type { Instant } from '../../src/ground/units.ts';
import { dialsEncrypted, type EncryptionPolicy } from '../../src/net/encryption/core/policy.ts';
import { Encryption } from '../../src/net/encryption/node/encryption.ts';
import { EncryptionEngine } from '../../src/net/encryption/node/engine.ts';
import { FilteredTransport } from '../../src/net/link/core/filtered.ts';
import {
  denialOf,
  keepToRules,
  type RuledShare,
  takesHandshake,
} from '../../src/systems/torrents/share/rule-gate.ts';
import { dropBanned } from '../../src/systems/torrents/swarm/core/admission.ts';
import type { Blame, SwarmEvent } from '../../src/systems/torrents/swarm/core/sink.ts';
import type { Swarm } from '../../src/systems/torrents/swarm/core/swarm.ts';
import { FrameCache } from '../../src/systems/torrents/swarm/node/frame-cache.ts';
import { type IncomingLink, IncomingLinks } from '../../src/systems/torrents/swarm/node/incoming.ts';
import { ShareDriver } from '../../src/systems/torrents/swarm/node/share-driver.ts';
import { SimClock } from '../world/clock.ts';
import { createMalice, type Malice } from './malice.ts';
import { MemoryStorage } from './memory-storage.ts';
import type { SimProver } from '../world/prover.ts';
import { type Network, SimTransport } from '../world/streams.ts';
import { SimWeb } from '../world/web.ts';
import type { World } from '../world/world.ts';

export interface SimPeerOptions {
  readonly address: Address;
  readonly metainfo: Metainfo;
  /** Starts without the metadata, as from a magnet link. */
  readonly isFromMagnet?: boolean;
  /** All data, for a seed. */
  readonly data?: readonly Uint8Array[];
  readonly malice?: Malice;
  readonly upgrade?: Upgrade;
  /** Off by default: thousands of key exchanges would be most of what a large swarm computes. */
  readonly encryption?: EncryptionPolicy;
  readonly uploadLimit?: number;
  readonly downloadLimit?: number;
  readonly isSuperSeeding?: boolean;
  readonly isSequential?: boolean;
  readonly priorities?: (piece: number) => number;
  /** Shared by the peers of a world, as by the shares of a process. */
  readonly frames?: FrameCache;
  /** A caller with its own storage proves pieces with this, and opens the share itself. */
  readonly prover?: SimProver;
  /** Servers that it can reach; none by default. */
  readonly web?: SimWeb;
  /** What it does not fetch, serve or talk to; nothing is denied by default. */
  readonly filter?: Filter;
  readonly onEvent?: (event: SwarmEvent) => void;
}

const MAX_QUEUED_UPLOADS = 2200;
const MAX_OUTSTANDING = 2048;
const MAX_ACTIVE_PIECES = 64;

/** The driver that ships; it looks at itself after every call, and does nothing once its process is gone. */
class CheckedDriver extends ShareDriver {
  readonly gone: Blame[] = [];
  name = '';
  isDead = false;
  /** Proofs that were under way come late, and nothing is made of them. */
  #isStopped = false;

  override stop(): void {
    this.#isStopped = true;
    super.stop();
  }

  override call(action: (swarm: Swarm, now: Instant) => void): void {
    if (this.isDead) return;
    super.call(action);
    if (!this.#isStopped) this.#checkInvariants();
  }

  override close(id: number, blame?: Blame): void {
    if (blame !== undefined) this.gone.push(blame);
    super.close(id);
  }

  #checkInvariants(): void {
    const { content, peers } = this.swarm;
    for (const { uploads, requests, bytesInFlight } of peers.values()) {
      assert(uploads.length <= MAX_QUEUED_UPLOADS, `${this.name}: ${uploads.length} uploads queued`);
      assert(requests.length <= MAX_OUTSTANDING, `${this.name}: ${requests.length} requests outstanding`);
      assert(bytesInFlight >= 0, `${this.name}: negative bytes in flight`);
    }
    if (content === undefined) return;
    const { picker } = content;
    for (const { piece } of picker.activePieces())
      assert(!picker.have.has(piece), `${this.name}: piece ${piece} is had and active`);
    assert(picker.activeCount <= MAX_ACTIVE_PIECES, `${this.name}: too many active pieces`);
  }
}

export class SimPeer {
  readonly driver: ShareDriver;
  readonly address: Address;
  readonly name: string;
  readonly banned: string[] = [];
  completedAt: number | undefined;
  isDown = false;

  readonly clock: SimClock;
  readonly #checked: CheckedDriver;
  readonly #world: World;
  readonly #network: Network;
  readonly #transport: SimTransport;
  readonly #incoming: IncomingLinks;
  readonly #options: SimPeerOptions;
  readonly #memory: MemoryStorage | undefined;

  constructor(world: World, network: Network, options: SimPeerOptions) {
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.address = options.address;
    this.name = addressKey(options.address);
    this.clock = new SimClock(world);
    this.#transport = new SimTransport(network, options.address);
    this.#memory = options.prover === undefined ? this.#createMemory() : undefined;
    const { metainfo, malice } = options;
    const upgrade = options.upgrade ?? (malice === undefined ? undefined : createMalice(malice));
    const open = upgrade?.(this.#transport) ?? this.#transport;
    const { filter } = options;
    const transport = filter === undefined ? open : new FilteredTransport(open, filter, this.clock);
    const prover = options.prover ?? this.#memory!.prover;
    const encryption = this.#createEncryption();
    this.#checked = new CheckedDriver(
      {
        prng: createPrng(world.prng.below(0x1_0000_0000)),
        hasher: nodeHasher,
        peerId: world.prng.fill(new Uint8Array(20)),
        clientName: 'sim',
        infoHashV1: metainfo.infoHashV1,
        infoHashV2: metainfo.infoHashV2,
        needsMetadata: options.isFromMagnet === true,
        listenPort: options.address.port,
        downloadLimit: new TokenBucket(options.downloadLimit),
        uploadLimit: new TokenBucket(options.uploadLimit),
        maxPeers: 40,
        dialsEncrypted: (known) => dialsEncrypted(encryption.policy, known),
        ...(filter === undefined
          ? {}
          : { isBlocked: (host) => denyHostText(filter, host, 'peer') !== undefined }),
        uploadSlots: 4,
        pieceMemoryBytes: MAX_ACTIVE_PIECES * metainfo.info.pieceLength,
        isSuperSeeding: options.isSuperSeeding === true,
        isSequential: options.isSequential === true,
      },
      {
        clock: this.clock,
        transport,
        encryption,
        fetch: options.web ?? new SimWeb(world),
        pool: prover,
        frames: options.frames ?? new FrameCache(),
      },
      (event) => this.#handleEvent(event),
    );
    this.#checked.name = this.name;
    this.driver = this.#checked;
    if (this.#memory !== undefined) this.driver.setStorage(this.#memory);
    this.#incoming = new IncomingLinks(this.clock, (incoming) => this.#route(incoming), encryption);
    if (filter !== undefined) keepToRules(filter, () => (this.isDenied ? [] : [this.#ruled]));
    this.listen = () => transport.setAcceptor((link, from) => this.#incoming.accept(link, from));
  }

  #createEncryption(): Encryption {
    const { metainfo, encryption = 'off' } = this.#options;
    const { infoHashV1, infoHashV2 } = metainfo;
    const prng = this.#world.prng;
    return new Encryption(
      {
        policy: encryption,
        clock: this.clock,
        hasher: nodeHasher,
        createSecretPrng: () => (encryption === 'off' ? prng : createPrng(prng.below(0x1_0000_0000))),
        skeys: () => [infoHashV1, infoHashV2?.subarray(0, 20)].filter((hash) => hash !== undefined),
        takes: () => !this.isDenied,
      },
      (made) => new EncryptionEngine(made),
    );
  }

  /** As the peer that ships has it of its shares. */
  get #ruled(): RuledShare {
    const { infoHashV1, infoHashV2 } = this.#options.metainfo;
    return {
      infoHashes: [infoHashV1, infoHashV2],
      dropBlocked: () => this.driver.call((swarm) => dropBanned(swarm, swarm.pool)),
      deny: () => this.deny(),
    };
  }

  /** A rule denies its share: it has stopped. */
  isDenied = false;

  deny(): void {
    this.isDenied = true;
    this.driver.stop();
  }

  /** Takes links from now on. */
  readonly listen: () => void;

  #createMemory(): MemoryStorage {
    const { metainfo, data } = this.#options;
    return new MemoryStorage(this.#world, {
      name: this.name,
      geometry: new Geometry(metainfo.info),
      metainfo: () => this.swarm.content!.metainfo,
      data,
    });
  }

  get swarm(): Swarm {
    return this.driver.swarm;
  }
  get isSeed(): boolean {
    return this.#options.data !== undefined;
  }
  get isHonest(): boolean {
    return this.#options.malice === undefined;
  }
  /** The peers that it sent away, and the reasons. */
  get gone(): readonly Blame[] {
    return this.#checked.gone;
  }
  /** By piece: what it has proved. Peers with a disk have theirs there. */
  get pieces(): (Uint8Array | undefined)[] {
    return this.#memory!.pieces;
  }
  get wrongPieces(): number {
    return this.#memory!.wrongPieces;
  }

  /** Goes to the network. @param had pieces that are here */
  start(had: readonly number[] = this.#memory?.present ?? []): void {
    this.listen();
    const { filter } = this.#options;
    if (filter !== undefined && denialOf(filter, this.#ruled.infoHashes, 'share') !== undefined)
      return this.deny();
    if (this.#options.isFromMagnet !== true) this.#openShare(had);
  }

  #openShare(had: readonly number[]): void {
    const { priorities, metainfo, isFromMagnet } = this.#options;
    this.driver.call((swarm, now) => {
      if (priorities !== undefined) swarm.handlePriorities(now, priorities);
      // Each machine fills its own copy: layers that one learns must not appear at another.
      const pieceLayers = isFromMagnet === true ? new Map() : new Map(metainfo.pieceLayers);
      swarm.handleShare(now, { ...metainfo, pieceLayers }, had);
    });
  }

  learn(addresses: readonly PeerAddress[]): void {
    if (this.isDenied) return;
    this.driver.call((swarm, now) => swarm.handleCandidates(now, addresses, 'tracker'));
  }

  /** A piece is gone from the disk. */
  lose(piece: number): void {
    this.pieces[piece] = undefined;
    this.driver.lose([piece], true);
  }

  /** The process dies: no goodbye. */
  crash(): void {
    this.isDown = true;
    this.#checked.isDead = true;
    this.clock.stop();
    if (this.#memory !== undefined) this.#memory.isDead = true;
    this.#network.hosts.get(this.name)!.isDown = true;
    this.#transport.kill();
  }

  #route(incoming: IncomingLink): boolean {
    const { infoHashV1, infoHashV2 } = this.#options.metainfo;
    const isOurs = [infoHashV1, infoHashV2?.subarray(0, 20)].some(
      (hash) => hash !== undefined && equalBytes(hash, incoming.handshake.infoHash),
    );
    const { filter } = this.#options;
    if (filter !== undefined && !takesHandshake(filter, incoming.handshake.infoHash)) return false;
    const isTaken = isOurs && !this.isDenied;
    if (isTaken) this.driver.acceptLink(incoming);
    return isTaken;
  }

  #handleEvent(event: SwarmEvent): void {
    if (this.isDown) return;
    this.#world.trace(this.name, event.type);
    this.#options.onEvent?.(event);
    if (event.type === 'complete') this.completedAt = this.#world.now;
    if (event.type === 'banned') this.banned.push(hostKeyOf(event.address));
    // Files are prepared before fetching begins.
    if (event.type === 'metadata') this.clock.after(1, () => this.#openShare([]));
  }
}
