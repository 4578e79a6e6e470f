/**
 * A download to a simulated disk that dies again and again: at a write point that the caller picks, by `kill -9` or by
 * a power loss. After each death the next life must believe nothing that is not so, and the last one must end with the
 * right bytes under the right names and nothing else.
 */
import { equalBytes } from '../../src/ground/bytes.ts';
import { Geometry } from '../../src/data/content/geometry.ts';
import { addressKey } from '../../src/ground/address.ts';
import { assert } from '../../src/ground/assert.ts';
import { Bitfield } from '../../src/ground/bitfield.ts';
import { decodeJournal } from '../../src/data/storage/journal.ts';
import type { TorrentVersion } from '../../src/data/content/metainfo.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { SimDisk } from '../world/disk.ts';
import { DiskNode, OUTPUT, SimRecords } from './disk-node.ts';
import { makeShare, type MadeShare, SwarmSim } from './swarm-sim.ts';
import { Network } from '../world/streams.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from '../world/world.ts';

export type Death = 'kill' | 'power';

export interface StorageSimOptions {
  readonly seed: number;
  readonly version?: TorrentVersion;
  readonly sizeBytes?: number;
  readonly pieceLength?: number;
  readonly wanted?: ReadonlySet<number>;
  /** Write points, counted from the beginning of each life, at which it dies, and how. */
  readonly deaths: readonly { readonly at: number; readonly how: Death }[];
  /** Called while it runs, for faults of the caller's own. */
  readonly interfere?: (sim: StorageSim) => void;
  readonly limitMs?: number;
  /** Folders that it may be moved to. */
  readonly places?: readonly string[];
  /** Bytes a second of the seed: slow enough, and a download is saved several times. */
  readonly rate?: number;
}

export interface StorageReport {
  /** Lives that died at their write point. */
  readonly deaths: number;
  /** In the last life. */
  readonly writePoints: number;
  /** Bytes that came from the network in all lives, beyond those that were needed. */
  readonly fetchedAgain: number;
  /** Pieces that were hashed at a start, in all lives. */
  readonly hashed: number;
  readonly seconds: number;
}

const LIFE_MS = 4 * 3_600_000;

export class StorageSim {
  readonly world: World;
  readonly network: Network;
  readonly share: MadeShare;
  readonly disk: SimDisk;
  readonly records: SimRecords;
  client: DiskNode | undefined;
  readonly seed: SimPeer;
  readonly #options: StorageSimOptions;
  #downloaded = 0;
  #hashed = 0;

  constructor(options: StorageSimOptions) {
    this.#options = options;
    this.world = new World(options.seed);
    this.network = new Network(this.world);
    this.share = makeShare(
      options.seed,
      options.sizeBytes ?? 300_000,
      options.pieceLength ?? 32_768,
      options.version ?? 'v1',
    );
    this.disk = new SimDisk(this.world, createPrng(options.seed ^ 0xd15c));
    this.records = new SimRecords(this.disk);
    const address = SwarmSim.address(1);
    const rate = options.rate ?? 2e6;
    this.network.add(address, { up: rate, down: rate, delayMs: 5 });
    this.seed = new SimPeer(this.world, this.network, {
      address,
      metainfo: this.share.metainfo,
      data: this.share.pieces,
    });
    this.seed.start();
  }

  async run(): Promise<StorageReport> {
    let deaths = 0;
    for (const death of this.#options.deaths) if (await this.#live(death)) deaths++;
    const died = await this.#live(undefined);
    assert(!died, 'the last life does not die');
    this.#checkFiles();
    const needed = this.#neededBytes();
    return {
      deaths,
      writePoints: this.disk.writePoints,
      fetchedAgain: Math.max(0, this.#downloaded - needed),
      hashed: this.#hashed,
      seconds: this.world.now / 1000,
    };
  }

  /** Returns true when it died; else it came to its end. */
  async #live(death: { readonly at: number; readonly how: Death } | undefined): Promise<boolean> {
    const { disk, world } = this;
    disk.writePoints = 0;
    disk.onWritePoint = (point) => {
      if (point === death?.at) disk.isDead = true;
    };
    const client = this.#open();
    this.client = client;
    let failure: unknown;
    client.start().catch((error: unknown) => (failure = error));
    world.after(50, () => client.node.learn([this.seed.address]));
    this.#options.interfere?.(this);
    await world.runAsync(
      world.now + (this.#options.limitMs ?? LIFE_MS),
      () => disk.isDead || client.isDone || failure !== undefined,
    );
    if (failure !== undefined) throw failure;
    this.#downloaded += client.node.swarm.downloaded.total;
    this.#hashed += client.storage?.hashed ?? 0;
    if (disk.isDead) return this.#die(client, death!.how);
    assert(client.isDone, `it did not end: ${client.troubles.map(({ message }) => message).join('; ')}`);
    await this.#stop(client);
    return disk.isDead ? this.#die(client, death!.how) : false;
  }

  #die(client: DiskNode, how: Death): boolean {
    client.crash();
    if (how === 'power') this.disk.losePower();
    else this.disk.kill();
    this.#checkClaims();
    return true;
  }

  /** Whatever the record claims and the journal does not doubt is on the disk, right, whatever died. */
  #checkClaims(): void {
    const record = this.records.get();
    const files = this.disk.files();
    if (record === undefined || record.trust === 'none') return;
    const { info } = this.share.metainfo;
    const geometry = new Geometry(info);
    const have = Bitfield.fromBytes(record.have, geometry.pieceCount)!;
    const noted = new Set(this.#notedIn(files, record.epoch));
    const edges = [...files].find(([path]) => path.startsWith('/state/edges/'))?.[1];
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
      if (!have.has(piece) || noted.has(piece)) continue;
      let at = 0;
      for (const { file, fileOffset, length } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
        const entry = info.files[file]!;
        // While a share moves, each file is whole in one of the two places.
        const below = `/${info.name}/${entry.path.join('/')}`;
        const names = [OUTPUT, ...(this.#options.places ?? [])].flatMap((place) => [
          place + below,
          `${place}${below}.part`,
        ]);
        const part = names.map((name) => files.get(name)).find((content) => content !== undefined);
        const found = this.#isWanted(file)
          ? part?.subarray(fileOffset, fileOffset + length)
          : edges?.subarray(entry.offset + fileOffset, entry.offset + fileOffset + length);
        const right = this.share.pieces[piece]!.subarray(at, at + length);
        assert(
          entry.isPad || (found !== undefined && equalBytes(found, right)),
          `the record claims piece ${piece}, which is not on the disk`,
        );
        at += length;
      }
    }
  }

  #notedIn(files: ReadonlyMap<string, Uint8Array>, epoch: number): readonly number[] {
    for (const [path, content] of files) {
      if (!path.startsWith('/state/journals/')) continue;
      const pieces = decodeJournal(content, epoch);
      if (pieces !== undefined) return pieces;
    }
    return [];
  }

  async #stop(client: DiskNode): Promise<void> {
    let stopped = false;
    void client.stop().then(() => (stopped = true));
    await this.world.runAsync(this.world.now + 60_000, () => stopped || this.disk.isDead);
    assert(stopped || this.disk.isDead, 'it stops');
    assert(this.disk.openFiles <= 256, `${this.disk.openFiles} files are open`);
  }

  #open(): DiskNode {
    const address = SwarmSim.address(2);
    const host = this.network.hosts.get(addressKey(address));
    if (host === undefined) this.network.add(address, { up: 2e6, down: 2e6, delayMs: 5 });
    else host.isDown = false;
    const { share, disk, records } = this;
    const { wanted } = this.#options;
    return new DiskNode(this.world, this.network, {
      address,
      share,
      disk,
      records,
      ...(wanted === undefined ? {} : { wanted }),
    });
  }

  #isWanted(file: number): boolean {
    return this.#options.wanted?.has(file) ?? true;
  }

  #neededBytes(): number {
    const { geometry } = this.client!.storage!.files;
    let bytes = 0;
    for (let piece = 0; piece < geometry.pieceCount; piece++) {
      const slices = geometry.slices(piece, 0, geometry.pieceLength(piece));
      if (slices.some(({ file }) => this.#isWanted(file))) bytes += geometry.pieceLength(piece);
    }
    return bytes;
  }

  /** The right bytes under the right names, and no other names. */
  #checkFiles(): void {
    const { info } = this.share.metainfo;
    const folder = this.client!.storage!.folder;
    const onDisk = new Map([...this.disk.files()].filter(([path]) => !path.startsWith('/state/')));
    for (const [index, file] of info.files.entries()) {
      if (file.isPad || !this.#isWanted(index)) continue;
      const path = `${folder}/${info.name}/${file.path.join('/')}`;
      const content = onDisk.get(path);
      assert(content !== undefined, `${path} is missing`);
      assert(equalBytes(content, this.contentOf(index)), `${path} has wrong bytes`);
      onDisk.delete(path);
    }
    assert(onDisk.size === 0, `nobody asked for ${[...onDisk.keys()].join()}`);
  }

  /** The right contents of a file. */
  contentOf(file: number): Uint8Array {
    const geometry = new Geometry(this.share.metainfo.info);
    const content = new Uint8Array(this.share.metainfo.info.files[file]!.lengthBytes);
    for (const [piece, data] of this.share.pieces.entries()) {
      let at = 0;
      for (const slice of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
        if (slice.file === file) content.set(data.subarray(at, at + slice.length), slice.fileOffset);
        at += slice.length;
      }
    }
    return content;
  }
}
