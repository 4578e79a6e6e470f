/**
 * A swarm of simulated peers under faults. The seed picks all of them: which peers are slow, lie, keep silent,
 * or crash and come back, and which streams break and when. After the faults comes a quiet phase in which every
 * honest peer must finish.
 */
import { buildInfo } from '../../src/data/content/build-info.ts';
import { Geometry } from '../../src/data/content/geometry.ts';
import { completeWidth, log2, merkleRoot } from '../../src/data/content/merkle.ts';
import { type Metainfo, metainfoFromInfo, type TorrentVersion } from '../../src/data/content/metainfo.ts';
import type { Address } from '../../src/ground/address.ts';
import { assert } from '../../src/ground/assert.ts';
import { concatBytes, equalBytes, toHex } from '../../src/ground/bytes.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { BLOCK_LENGTH } from '../../src/ground/units.ts';
import { FrameCache } from '../../src/systems/torrents/swarm/node/frame-cache.ts';
import type { Malice } from './malice.ts';
import { SimPeer, type SimPeerOptions } from './sim-peer.ts';
import { leavesOf } from '../world/prover.ts';
import { Network } from '../world/streams.ts';
import { World } from '../world/world.ts';

export interface SimOptions {
  readonly seed: number;
  readonly peers: number;
  readonly sizeBytes: number;
  readonly pieceLength?: number;
  readonly version?: TorrentVersion;
  /** Shares of the peers, 0 to 1. */
  readonly liars?: number;
  readonly silent?: number;
  readonly slow?: number;
  readonly fromMagnet?: number;
  /** Crashes and stream resets during the faulty phase. */
  readonly crashes?: number;
  readonly resets?: number;
  /** Simulated milliseconds. */
  readonly faultyMs?: number;
  readonly quietMs?: number;
}

export interface SimReport {
  readonly seed: number;
  readonly version: TorrentVersion;
  readonly finished: number;
  readonly honest: number;
  /** Simulated seconds until the last honest peer had all. */
  readonly lastSeconds: number | undefined;
  readonly bans: number;
  /** Honest peers that were banned by somebody: each is an injustice. */
  readonly wrongBans: number;
  readonly wrongPieces: number;
  readonly events: number;
  readonly digest: string;
}

export interface MadeShare {
  readonly metainfo: Metainfo;
  readonly pieces: readonly Uint8Array[];
}

/** Random data as a share of several files. */
export function makeShare(
  seed: number,
  sizeBytes: number,
  pieceLength: number,
  version: TorrentVersion,
): MadeShare {
  const prng = createPrng(seed ^ 0x5eed);
  const lengths = [
    Math.floor(sizeBytes * 0.6),
    Math.floor(sizeBytes * 0.3),
    1,
    0,
    sizeBytes - Math.floor(sizeBytes * 0.6) - Math.floor(sizeBytes * 0.3) - 1,
  ];
  const files = lengths.map((lengthBytes, i) => ({ path: [`file${i}`], lengthBytes, isExecutable: false }));
  const contents = files.map((file) => prng.fill(new Uint8Array(file.lengthBytes)));
  const layers = new Map<string, Uint8Array>();
  const roots = contents.map((content) => rootOf(content, pieceLength, layers));
  const options = { version, name: 'share', isSingleFile: false, pieceLength };
  const v1Hashes = hashV1(contents, pieceLength, version);
  const info = metainfoFromInfo(buildInfo(files, options, { v1Hashes, piecesRoots: roots }), nodeHasher);
  assert(info.ok, 'the share of the simulation is well-formed');
  const metainfo = { ...info.value, pieceLayers: version === 'v1' ? new Map<string, Uint8Array>() : layers };
  return { metainfo, pieces: cut(metainfo, contents) };
}

function rootOf(
  content: Uint8Array,
  pieceLength: number,
  layers: Map<string, Uint8Array>,
): Uint8Array | undefined {
  if (content.length === 0) return undefined;
  const leaves = leavesOf(content);
  if (content.length <= pieceLength)
    return merkleRoot(leaves, completeWidth(leaves.length / 32), 0, nodeHasher);
  const width = pieceLength / BLOCK_LENGTH;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < leaves.length; at += width * 32)
    parts.push(merkleRoot(leaves.subarray(at, at + width * 32), width, 0, nodeHasher));
  const layer = concatBytes(parts);
  const root = merkleRoot(layer, completeWidth(parts.length), log2(width), nodeHasher);
  layers.set(toHex(root), layer);
  return root;
}

function hashV1(contents: readonly Uint8Array[], pieceLength: number, version: TorrentVersion): Uint8Array {
  const stream = concatBytes(
    contents.flatMap((content) => {
      const pad = version === 'hybrid' ? (pieceLength - (content.length % pieceLength)) % pieceLength : 0;
      return [content, new Uint8Array(content.length === 0 ? 0 : pad)];
    }),
  );
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += pieceLength)
    hashes.push(nodeHasher.sha1(stream.subarray(at, at + pieceLength)));
  return concatBytes(hashes);
}

function cut(metainfo: Metainfo, contents: readonly Uint8Array[]): Uint8Array[] {
  const geometry = new Geometry(metainfo.info);
  const real = metainfo.info.files.map((file, i) => ({ file, i })).filter(({ file }) => !file.isPad);
  return Array.from({ length: geometry.pieceCount }, (_, piece) =>
    concatBytes(
      geometry.slices(piece, 0, geometry.pieceLength(piece)).map(({ file, fileOffset, length }) => {
        const content = contents[real.findIndex((entry) => entry.i === file)]!;
        return content.subarray(fileOffset, fileOffset + length);
      }),
    ),
  );
}

export class SwarmSim {
  readonly world: World;
  readonly network: Network;
  readonly share: MadeShare;
  readonly nodes: SimPeer[] = [];
  /** One for all: a cache each would be gigabytes. */
  readonly #frames = new FrameCache();
  readonly #options: SimOptions;

  constructor(options: SimOptions) {
    this.#options = options;
    this.world = new World(options.seed);
    this.network = new Network(this.world);
    this.share = makeShare(
      options.seed,
      options.sizeBytes,
      options.pieceLength ?? 65_536,
      options.version ?? 'v1',
    );
  }

  async run(): Promise<SimReport> {
    const { faultyMs = 120_000, quietMs = 3_600_000 } = this.#options;
    this.#populate();
    this.#scheduleFaults(faultyMs);
    await this.world.runAsync(faultyMs);
    const isDone = (): boolean =>
      this.#honest().every((node) => node.isSeed || node.completedAt !== undefined);
    await this.world.runAsync(faultyMs + quietMs, isDone);
    this.#checkData();
    return this.#report();
  }

  /** Host n of the simulated network. */
  static address(n: number): Address {
    return { host: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, port: 6881 };
  }

  addNode(n: number, fields: Partial<SimPeerOptions> = {}, isSlow = false): SimPeer {
    const address = SwarmSim.address(n);
    const rate = isSlow ? 20_000 : 500_000 + this.world.prng.below(1_500_000);
    this.network.add(address, {
      up: rate,
      down: rate * 4,
      delayMs: 5 + this.world.prng.below(60),
    });
    const node = new SimPeer(this.world, this.network, {
      address,
      metainfo: this.share.metainfo,
      frames: this.#frames,
      ...fields,
    });
    this.nodes.push(node);
    return node;
  }

  #populate(): void {
    const { peers, liars = 0, silent = 0, slow = 0, fromMagnet = 0 } = this.#options;
    const { prng } = this.world;
    // Node 0 is an honest seed that stays; it may be slow to reach, but it is there.
    this.addNode(1, { data: this.share.pieces });
    for (let n = 2; n <= peers; n++) {
      const draw = prng.fraction();
      const malice: Malice | undefined =
        draw < liars
          ? { corruptOneIn: 1 + prng.below(40) }
          : draw < liars + silent
            ? { isSilent: true }
            : undefined;
      const isFromMagnet = prng.fraction() < fromMagnet;
      const data = malice === undefined ? {} : { data: this.share.pieces, malice };
      this.addNode(
        n,
        { isFromMagnet: malice === undefined && isFromMagnet, ...data },
        prng.fraction() < slow,
      );
    }
    for (const node of this.nodes) {
      this.world.at(prng.below(20_000), () => {
        node.start();
        this.#introduce(node);
      });
    }
  }

  /** The answer of a tracker: a few random peers, sometimes the seed among them. */
  #introduce(node: SimPeer): void {
    const { prng } = this.world;
    const told: Address[] = [];
    for (let i = 0; i < 25; i++) told.push(this.nodes[prng.below(this.nodes.length)]!.address);
    node.learn(told.filter((address) => address !== node.address));
    // Announce again: peers that come late must be found.
    this.world.after(60_000 + prng.below(30_000), () => {
      if (!node.isDown && node.completedAt === undefined) this.#introduce(node);
    });
  }

  #scheduleFaults(faultyMs: number): void {
    const { crashes = 0, resets = 0 } = this.#options;
    const { prng } = this.world;
    for (let i = 0; i < resets; i++) this.world.at(prng.below(faultyMs), () => this.network.resetOne());
    for (let i = 0; i < crashes; i++) {
      this.world.at(prng.below(faultyMs), () => {
        const victims = this.nodes.filter((node) => !node.isDown && !node.isSeed);
        const victim = victims[prng.below(Math.max(1, victims.length))];
        if (victim === undefined) return;
        victim.crash();
        this.world.after(1000 + prng.below(30_000), () => this.#reborn(victim));
      });
    }
  }

  /** A peer comes back after a crash with the pieces that it had proved. */
  #reborn(dead: SimPeer): void {
    const at = this.nodes.indexOf(dead);
    this.network.hosts.get(dead.name)!.isDown = false;
    const node = new SimPeer(this.world, this.network, {
      address: dead.address,
      metainfo: this.share.metainfo,
      frames: this.#frames,
    });
    for (const [piece, data] of dead.pieces.entries()) node.pieces[piece] = data;
    if (dead.completedAt !== undefined) node.completedAt = dead.completedAt;
    this.nodes[at] = node;
    node.start();
    this.#introduce(node);
  }

  #honest(): SimPeer[] {
    return this.nodes.filter((node) => node.isHonest && !node.isDown);
  }

  #checkData(): void {
    for (const node of this.#honest()) {
      for (const [piece, data] of node.pieces.entries()) {
        assert(
          data === undefined || equalBytes(data, this.share.pieces[piece]!),
          `${node.name}: piece ${piece} is wrong`,
        );
      }
    }
  }

  #report(): SimReport {
    const honest = this.#honest();
    const fetching = honest.filter((node) => !node.isSeed);
    const finished = fetching.filter((node) => node.completedAt !== undefined);
    const honestHosts = new Set(honest.map((node) => node.address.host));
    const bans = honest.flatMap((node) => node.banned);
    const isAll = finished.length === fetching.length;
    return {
      seed: this.#options.seed,
      version: this.#options.version ?? 'v1',
      finished: finished.length,
      honest: fetching.length,
      lastSeconds: isAll ? Math.max(0, ...finished.map((node) => node.completedAt! / 1000)) : undefined,
      bans: bans.length,
      wrongBans: bans.filter((host) => honestHosts.has(host)).length,
      wrongPieces: honest.reduce((sum, node) => sum + node.wrongPieces, 0),
      events: this.world.events,
      digest: this.world.digest,
    };
  }
}
