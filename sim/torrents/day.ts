/**
 * A simulated day of everything at once: peers with disks fetch one share after the other from an honest seed and from
 * each other, while hostile peers visit, streams break, disks fill up, fail and hang, somebody edits and removes files,
 * processes are killed and the power goes. Whenever a download ends, its files must be right.
 */
import { addressKey } from '../../src/ground/address.ts';
import { assert } from '../../src/ground/assert.ts';
import { equalBytes } from '../../src/ground/bytes.ts';
import { createPrng } from '../../src/ground/prng.ts';
import type { Prng } from '../../src/ground/ports.ts';
import { SimDisk } from '../world/disk.ts';
import { DiskNode, SimRecords } from './disk-node.ts';
import { HostilePeer, KINDS } from './hostile.ts';
import { Network } from '../world/streams.ts';
import { SimPeer } from './sim-peer.ts';
import { makeShare, type MadeShare, SwarmSim } from './swarm-sim.ts';
import { World } from '../world/world.ts';

const HOUR_MS = 3_600_000;
const VERSIONS = ['v1', 'v2', 'hybrid'] as const;

export interface DayReport {
  readonly hours: number;
  readonly downloads: number;
  readonly kills: number;
  readonly powerLosses: number;
  readonly diskFaults: number;
  readonly edits: number;
  readonly hostileVisits: number;
  readonly bans: number;
  /** Honest peers that were banned. */
  readonly wrongBans: number;
  readonly events: number;
}

/** One machine with a disk, on which peers live and die. */
interface Machine {
  readonly n: number;
  disk: SimDisk;
  records: SimRecords;
  node: DiskNode | undefined;
}

export class Day {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #hours: number;
  readonly #machines: Machine[] = [];
  #network: Network;
  #share: MadeShare;
  #round = 0;
  readonly #counts = {
    downloads: 0,
    kills: 0,
    powerLosses: 0,
    diskFaults: 0,
    edits: 0,
    hostileVisits: 0,
    bans: 0,
    wrongBans: 0,
  };

  constructor(seed: number, hours: number) {
    this.#world = new World(seed);
    this.#prng = createPrng(seed ^ 0xda7);
    this.#hours = hours;
    this.#network = new Network(this.#world);
    this.#share = makeShare(seed, 200_000, 16_384, 'v1');
  }

  async run(): Promise<DayReport> {
    while (this.#world.now < this.#hours * HOUR_MS) await this.#live();
    const { events } = this.#world;
    return { hours: Math.floor(this.#world.now / HOUR_MS), ...this.#counts, events };
  }

  /** One share, fetched by all machines; takes about an hour. */
  async #live(): Promise<void> {
    const round = this.#round++;
    const prng = this.#prng;
    const world = this.#world;
    this.#network = new Network(world);
    const sizeBytes = 200_000 + prng.below(800_000);
    this.#share = makeShare(round, sizeBytes, 16_384 << prng.below(2), VERSIONS[round % 3]!);
    const seedAddress = SwarmSim.address(1);
    this.#network.add(seedAddress, { up: 1000, down: 1e6, delayMs: 20 });
    const seed = new SimPeer(world, this.#network, {
      address: seedAddress,
      metainfo: this.#share.metainfo,
      data: this.#share.pieces,
    });
    seed.start();
    this.#machines.length = 0;
    for (let n = 2; n <= 4; n++) {
      this.#network.add(SwarmSim.address(n), { up: 5000, down: 1e6, delayMs: 20 });
      const disk = new SimDisk(world, createPrng(prng.below(2 ** 32)));
      this.#machines.push({ n, disk, records: new SimRecords(disk), node: undefined });
    }
    for (const machine of this.#machines) this.#boot(machine);
    const end = world.now + 6 * HOUR_MS;
    // After an hour and a half of trouble there is peace, in which all must finish.
    const peace = world.now + 1.5 * HOUR_MS;
    while (world.now < end && !this.#machines.every((machine) => machine.node?.isDone)) {
      await world.runAsync(world.now + 20_000 + prng.below(40_000));
      if (world.now < peace) this.#trouble();
      else for (const { disk } of this.#machines) this.#heal(disk);
      if (prng.below(3) === 0) this.#network.resetOne();
    }
    for (const machine of this.#machines) await this.#finish(machine);
    seed.crash();
    // Nothing of this round goes on into the next.
    await world.runAsync(world.now + 120_000);
  }

  #boot(machine: Machine): void {
    const address = SwarmSim.address(machine.n);
    this.#network.hosts.get(addressKey(address))!.isDown = false;
    const { disk, records } = machine;
    const node = new DiskNode(this.#world, this.#network, { address, share: this.#share, disk, records });
    machine.node = node;
    // The answers of a tracker, repeated.
    const introduce = (): void => {
      if (node.node.isDown || node.isDone) return;
      node.node.learn([1, 2, 3, 4].filter((n) => n !== machine.n).map((n) => SwarmSim.address(n)));
      this.#world.after(600_000, introduce);
    };
    node.start().then(introduce, (error: unknown) => {
      // A disk in trouble: a person would try again when it is over.
      node.crash();
      this.#world.after(60_000, () => machine.node === node && this.#boot(machine));
      // After a power loss a name may be back that was given away before. Nobody's file is overwritten: a person has to act.
      const { message } = error as Error;
      const taken = /^(\S+) .*move (it|one of them) away/.exec(message)?.[1];
      if (taken !== undefined) disk.erase(taken);
      else assert(Object.keys(disk.faults).length > 0, `it does not start: ${message}`);
    });
  }

  #trouble(): void {
    const { disk } = this.#machines[this.#prng.below(this.#machines.length)]!;
    const machine = this.#machines[this.#prng.below(this.#machines.length)]!;
    switch (this.#prng.below(8)) {
      case 0:
        return this.#die(machine, 'kill');
      case 1:
        return this.#die(machine, 'power');
      case 2:
        this.#counts.diskFaults++;
        disk.faults.capacity = this.#prng.below(500_000);
        return;
      case 3: {
        this.#counts.diskFaults++;
        const code = ['EIO', 'ENOSPC', 'EROFS'][this.#prng.below(3)]!;
        const operation = ['write', 'sync', 'open', 'rename'][this.#prng.below(4)]!;
        disk.faults.fail = (what, path) => (what === operation && path.startsWith('/out') ? code : undefined);
        return;
      }
      case 4:
        this.#counts.diskFaults++;
        disk.faults.hangs = (path) => path.startsWith('/out');
        return;
      case 5:
        return this.#meddle(disk);
      case 6:
        return this.#visit(machine.n);
      default:
        this.#heal(disk);
    }
  }

  #heal(disk: SimDisk): void {
    delete disk.faults.capacity;
    delete disk.faults.fail;
    delete disk.faults.hangs;
  }

  #die(machine: Machine, how: 'kill' | 'power'): void {
    if (machine.node === undefined || machine.node.isDone) return;
    this.#count(machine);
    machine.node.crash();
    if (how === 'kill') {
      this.#counts.kills++;
      machine.disk.kill();
    } else {
      this.#counts.powerLosses++;
      machine.disk.losePower();
    }
    // A disk that fails must not keep a person from starting again.
    this.#heal(machine.disk);
    const dead = machine.node;
    this.#world.after(30_000, () => machine.node === dead && this.#boot(machine));
  }

  /** Another program writes into a part, or removes it. */
  #meddle(disk: SimDisk): void {
    const parts = [...disk.files().keys()].filter((path) => path.endsWith('.part'));
    const path = parts[this.#prng.below(Math.max(1, parts.length))];
    if (path === undefined) return;
    this.#counts.edits++;
    disk.erase(path);
  }

  #visit(n: number): void {
    const kind = KINDS[this.#prng.below(KINDS.length)]!;
    const from = { host: `172.16.${this.#prng.below(256)}.${this.#prng.below(256)}`, port: 7000 };
    this.#counts.hostileVisits++;
    const host =
      this.#network.hosts.get(addressKey(from)) ??
      this.#network.add(from, { up: 1e5, down: 1e5, delayMs: 20 });
    let peer: HostilePeer | undefined;
    let isOver = false;
    const stream = this.#network.dial(host, SwarmSim.address(n), {
      onConnected: () => {
        const line = {
          send: (bytes: Uint8Array): void => stream.write(bytes),
          close: (): void => stream.close(),
        };
        peer = new HostilePeer(kind, line, this.#share.metainfo, this.#prng);
        peer.start();
      },
      onData: (chunk) => peer?.receive(chunk),
      onClosed: () => (isOver = true),
    });
    let ticks = 0;
    const tick = (): void => {
      if (isOver || ++ticks > 100) return stream.close();
      peer?.tick();
      this.#world.after(50, tick);
    };
    this.#world.after(100, tick);
  }

  #count(machine: Machine): void {
    const { banned } = machine.node!.node;
    this.#counts.bans += banned.length;
    this.#counts.wrongBans += banned.filter((host) => host.startsWith('10.')).length;
  }

  async #finish(machine: Machine): Promise<void> {
    const { node, disk } = machine;
    const troubles = node?.troubles.map(({ message }) => message).join('; ');
    assert(node?.isDone === true, `machine ${machine.n} did not finish in round ${this.#round}: ${troubles}`);
    this.#count(machine);
    const { info } = this.#share.metainfo;
    const { geometry } = node.storage!.files;
    const files = disk.files();
    for (const [index, file] of info.files.entries()) {
      if (file.isPad) continue;
      const content = files.get(`/out/${info.name}/${file.path.join('/')}`);
      assert(content?.length === file.lengthBytes, `${file.path.join('/')} is missing or has another length`);
      for (const [piece, data] of this.#share.pieces.entries()) {
        let at = 0;
        for (const slice of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
          const right = data.subarray(at, at + slice.length);
          if (slice.file === index)
            assert(
              equalBytes(content.subarray(slice.fileOffset, slice.fileOffset + slice.length), right),
              'wrong bytes',
            );
          at += slice.length;
        }
      }
    }
    assert(disk.openFiles <= 256, `${disk.openFiles} files are open`);
    this.#counts.downloads++;
    let stopped = false;
    void node.stop().then(() => (stopped = true));
    await this.#world.runAsync(this.#world.now + 60_000, () => stopped);
    assert(stopped, 'it stops');
  }
}
