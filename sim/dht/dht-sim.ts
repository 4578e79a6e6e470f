/**
 * A whole DHT in virtual time: nodes join, values are announced and put, time passes with churn and faults, and
 * random nodes look the values up. The result tells how reliable the DHT is.
 */
import type { Answered, LookupResult } from '../../src/net/dht/core/lookup.ts';
import type { Item, WriteResult } from '../../src/net/dht/core/operations.ts';
import { immutableTarget } from '../../src/net/dht/wire/items.ts';
import { KrpcWriter } from '../../src/net/dht/wire/krpc-writer.ts';
import { compareDistance, createNodeId } from '../../src/net/dht/wire/node-id.ts';
import { encodeBencode } from '../../src/ground/bencode.ts';
import { addressKey } from '../../src/ground/address.ts';
import { Endpoint } from '../../src/ground/endpoint.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { shuffle } from '../../src/ground/prng.ts';
import { DhtHost } from './host.ts';
import { Conspiracy, type MaliceKind } from './malice.ts';
import { Nat, NAT_KINDS } from '../world/nat.ts';
import { drawPublicEndpoint, type UdpFaults, UdpNetwork } from '../world/udp.ts';
import { World } from '../world/world.ts';

export interface DhtSimOptions {
  readonly seed: number;
  readonly nodes: number;
  /** 1 for the measured churn: half of the nodes stay under 200 minutes. 0 for none. */
  readonly churn?: number;
  readonly faults?: Partial<UdpFaults>;
  /** Share of the nodes behind NATs, the four kinds evenly. */
  readonly natMix?: number;
  /** Share of the nodes that are adversaries. */
  readonly adversaries?: number;
  readonly malice?: MaliceKind;
  readonly values?: number;
  readonly lookups?: number;
  /** Minutes between storing and looking up. */
  readonly ageMinutes?: number;
  /** Share of the nodes whose clocks are wrong by up to a tenth. */
  readonly clockSkew?: number;
  /** Halves of the network lose sight of each other for half an hour, then heal. */
  readonly partition?: boolean;
  readonly onPhase?: (phase: string) => void;
}

export interface LookupRecord {
  readonly isFound: boolean;
  readonly hops: number;
  readonly queries: number;
  readonly foundMs: number;
  readonly durationMs: number;
}

export interface DhtReport {
  readonly nodes: number;
  readonly stored: number;
  readonly records: readonly LookupRecord[];
  readonly success: number;
  /** Live contacts per node, and the share of them that are up. */
  readonly tableSize: number;
  readonly tableFreshness: number;
  readonly packetsPerNodeMinute: readonly number[];
  /** Minutes after the partition until 99 % of the lookups across it succeed again. */
  readonly healMinutes: number | undefined;
  readonly heal: readonly (readonly [number, number])[];
  readonly events: number;
  readonly digest: string;
  readonly virtualMinutes: number;
  readonly lies: number;
  readonly replaysAccepted: number;
}

const MINUTE = 60_000;
/** Weibull with this shape and median fits measured session lengths of file-sharing peers (Stutzbach and Rejaie 2006). */
const SESSION_SHAPE = 0.6;
const MEDIAN_SESSION_MS = 200 * MINUTE;
const STARTS_PER_NODE = 4;
const SYBIL_TRIES = 32;
/** How often the ends of operations are looked at: they bring their own times along. */
const STEP_MS = 100;

interface Value {
  readonly kind: 'peer' | 'item';
  readonly target: Uint8Array;
  readonly bencoded: Uint8Array;
  readonly owner: DhtHost;
  readonly port: number;
}

export class DhtSim {
  readonly world: World;
  readonly network: UdpNetwork;
  readonly hosts: DhtHost[] = [];
  readonly conspiracy: Conspiracy | undefined;
  readonly options: DhtSimOptions;
  readonly #writer = new KrpcWriter();
  readonly #taken = new Set<string>();
  readonly #values: Value[] = [];
  #joined = 0;

  constructor(options: DhtSimOptions) {
    this.options = options;
    this.world = new World(options.seed);
    this.network = new UdpNetwork(this.world, {
      loss: 0,
      duplication: 0.001,
      reordering: 0.001,
      mtu: 1472,
      ...options.faults,
    });
    const malice = options.malice ?? 'poison';
    if ((options.adversaries ?? 0) > 0) {
      this.conspiracy = new Conspiracy(malice, this.world.prng);
      if (malice === 'sybil') this.conspiracy.key = this.world.prng.fill(new Uint8Array(20));
    }
  }

  async run(): Promise<DhtReport> {
    const { nodes, ageMinutes = 10, values = 100, lookups = 500, partition } = this.options;
    const joinMs = Math.max(4 * MINUTE, Math.min(20 * MINUTE, nodes * 6));
    this.#phase(`${nodes} nodes join`);
    for (let i = 0; i < nodes; i++) this.world.at((joinMs * i) / nodes, () => this.join());
    await this.#pass(joinMs + 2 * MINUTE);
    this.#phase(`${values} values are stored`);
    const stored = this.#storeValues(values);
    await this.#pass(2 * MINUTE);
    if (partition === true) return await this.#runPartition(stored);
    this.#phase(`${ageMinutes} minutes pass`);
    const before = this.#packetCounts();
    const from = this.world.now;
    await this.#pass(ageMinutes * MINUTE);
    const minutes = (this.world.now - from) / MINUTE;
    const load = this.hosts
      .filter((host) => host.isUp && before.has(host))
      .map((host) => (host.udp.packetsIn - before.get(host)!) / minutes);
    this.#phase(`${lookups} lookups`);
    const records = await this.lookUp(lookups);
    this.#phase('done');
    return this.#report(stored.count, records, load, undefined, []);
  }

  async #pass(ms: number, isDone?: () => boolean): Promise<void> {
    await this.world.runInSteps(this.world.now + ms, STEP_MS, isDone);
  }

  /** A new node joins through nodes that are up; drawn from the seed: NAT, clock, malice. */
  join(): DhtHost {
    const { world, network } = this;
    const { natMix = 0, adversaries = 0, churn = 0, clockSkew = 0 } = this.options;
    this.#joined++;
    // The first nodes are those that others begin with: in the open, honest and patient.
    const isPioneer = this.#joined <= 10;
    const isBad = !isPioneer && world.prng.fraction() < adversaries;
    const [outside, id] = isBad ? this.#drawBadPlace() : this.#drawPlace();
    const isBehindNat = !isPioneer && !isBad && world.prng.fraction() < natMix;
    const delay = network.drawDelay();
    const nat = isBehindNat
      ? new Nat(outside.host, NAT_KINDS[world.prng.below(NAT_KINDS.length)]!, world.prng)
      : undefined;
    // Every home has the same network inside; the number keeps the simulated hosts apart.
    const inside = isBehindNat ? Endpoint.from(insideHost(this.#joined), outside.port)! : outside;
    const udp = network.add(inside, delay, nat);
    const isSkewed = world.prng.fraction() < clockSkew;
    const host = new DhtHost({
      world,
      network,
      udp,
      writer: this.#writer,
      ...(isBad ? { malice: this.conspiracy!.malice() } : {}),
      ...(isSkewed ? { clockRate: 0.9 + world.prng.fraction() / 5 } : {}),
      id,
    });
    udp.group = this.#joined % 2;
    host.start(this.#starts());
    if (isBad) this.#letLoose(host);
    else if (this.conspiracy?.kind === 'eclipse' && this.#joined > 20) this.conspiracy.victim ??= host;
    this.hosts.push(host);
    if (churn > 0 && !isPioneer) world.at(world.now + drawSession(world) / churn, () => this.leave(host));
    return host;
  }

  /** An address, and an id that follows from it. */
  #drawPlace(): [Endpoint, Uint8Array] {
    const endpoint = drawPublicEndpoint(this.world, this.#taken);
    return [endpoint, createNodeId(endpoint.hostBytes, this.world.prng)];
  }

  /** Sybils look for addresses whose ids (BEP 42) lie near their key: the best of so many that they can get. */
  #drawBadPlace(): [Endpoint, Uint8Array] {
    let best = this.#drawPlace();
    const key = this.conspiracy!.key;
    if (key === undefined) return best;
    for (let i = 0; i < SYBIL_TRIES; i++) {
      const other = this.#drawPlace();
      if (compareDistance(key, other[1], best[1]) < 0) best = other;
    }
    return best;
  }

  #letLoose(host: DhtHost): void {
    const conspiracy = this.conspiracy!;
    conspiracy.add(host);
    const everyMs = conspiracy.kind === 'flood' ? 20 : 1000;
    if (conspiracy.kind !== 'flood' && conspiracy.kind !== 'replay') return;
    const act = (): void => {
      if (!host.isUp) return;
      conspiracy.act(host);
      this.world.at(this.world.now + everyMs, act);
    };
    this.world.at(this.world.now + MINUTE * (1 + this.world.prng.fraction()), act);
  }

  /** A node goes without a word, and another one comes. */
  leave(host: DhtHost): void {
    if (!host.isUp) return;
    host.stop();
    const at = this.hosts.indexOf(host);
    if (at >= 0) {
      this.hosts[at] = this.hosts[this.hosts.length - 1]!;
      this.hosts.pop();
    }
    this.join();
  }

  #starts(): Endpoint[] {
    const starts: Endpoint[] = [];
    for (let i = 0; i < 20 && starts.length < Math.min(STARTS_PER_NODE, this.hosts.length); i++) {
      const host = this.hosts[this.world.prng.below(this.hosts.length)]!;
      if (host.udp.nat === undefined && !starts.includes(host.udp.endpoint)) starts.push(host.udp.endpoint);
    }
    return starts;
  }

  #honest(): DhtHost[] {
    return this.hosts.filter((host) => host.isUp && host.malice === undefined);
  }

  #storeValues(count: number): { count: number } {
    const outcome = { count: 0 };
    // A node whose every start is an adversary that says nothing is not in the network at all.
    const ready = this.#honest().filter((host) => host.node.isReady);
    const owners = shuffle(ready, this.world.prng).slice(0, count);
    for (const [i, owner] of owners.entries()) {
      this.world.at(this.world.now + 30_000 * this.world.prng.fraction(), () => {
        if (owner.isUp) this.#store(owner, i % 2 === 0 ? 'peer' : 'item', outcome);
      });
    }
    return outcome;
  }

  #store(owner: DhtHost, kind: 'peer' | 'item', outcome: { count: number }): void {
    const { prng } = this.world;
    const count = (results: readonly WriteResult[]): void => {
      if (results.some(({ stored }) => stored > 0)) outcome.count++;
    };
    if (kind === 'peer') {
      const infoHash = this.conspiracy?.key ?? prng.fill(new Uint8Array(20));
      const port = 1 + prng.below(65_535);
      this.#values.push({ kind, target: infoHash, bencoded: infoHash, owner, port });
      owner.service.announce(infoHash, { port, isSeed: true, onPeers: () => {} }).then(count, whenGone);
    } else {
      const value = encodeBencode(prng.fill(new Uint8Array(100)));
      this.#values.push({
        kind,
        target: immutableTarget(value, nodeHasher),
        bencoded: value,
        owner,
        port: 0,
      });
      owner.service.putItem({ value }).then(count, whenGone);
    }
  }

  /** Random honest nodes look for random values, some at a time. */
  async lookUp(
    count: number,
    mayAsk: (host: DhtHost, value: Value) => boolean = () => true,
  ): Promise<LookupRecord[]> {
    const records: LookupRecord[] = [];
    const begin = (): void => {
      const honest = this.hosts;
      for (let i = 0; i < 50_000; i++) {
        const host = honest[this.world.prng.below(honest.length)]!;
        const value = this.#values[this.world.prng.below(this.#values.length)]!;
        if (
          (this.conspiracy?.victim !== undefined && host !== this.conspiracy.victim) ||
          (this.conspiracy?.key !== undefined && value.kind !== 'peer') ||
          !host.isUp ||
          host.malice !== undefined ||
          host === value.owner ||
          !host.node.isReady ||
          !mayAsk(host, value)
        )
          continue;
        this.#lookUpOne(host, value, (record) => {
          records.push(record);
          this.world.trace(
            record.isFound ? 1 : 0,
            record.hops,
            record.queries,
            Math.round(record.durationMs),
          );
        });
        return;
      }
    };
    for (let i = 0; i < count; i++) this.world.at(this.world.now + i * 20, begin);
    await this.#pass(count * 20 + MINUTE, () => records.length === count);
    return records;
  }

  #lookUpOne(host: DhtHost, value: Value, done: (record: LookupRecord) => void): void {
    const { world } = this;
    const started = world.now;
    let found: { hops: number; ms: number } | undefined;
    const finish = ({ lookups: [result] }: { readonly lookups: readonly LookupResult[] }): void => {
      done({
        isFound: found !== undefined,
        hops: found?.hops ?? 0,
        queries: result!.queries,
        foundMs: found?.ms ?? Number.NaN,
        durationMs: host.clock.toWorldMs(result!.durationMs),
      });
    };
    if (value.kind === 'peer') {
      const expected = addressKey({
        host: value.owner.udp.nat?.host ?? value.owner.udp.endpoint.host,
        port: value.port,
      });
      const onPeers = (peers: readonly Endpoint[], from: Answered | undefined): void => {
        if (peers.some((peer) => addressKey(peer) === expected))
          found ??= { hops: from?.hops ?? 0, ms: world.now - started };
      };
      host.service.findPeers(value.target, { onPeers }).then(finish, whenGone);
    } else {
      const onItem = (_: Item, from: Answered): void => {
        found ??= { hops: from.hops, ms: world.now - started };
      };
      host.service.getItem(value.target, { onItem }).then(finish, whenGone);
    }
  }

  /** Half of the network can't see the other half for 30 minutes; then, minute by minute, lookups across. */
  async #runPartition(stored: { count: number }): Promise<DhtReport> {
    this.#phase('the network is split for 30 minutes');
    this.network.isPartitioned = true;
    await this.#pass(30 * MINUTE);
    this.network.isPartitioned = false;
    const healedAt = this.world.now;
    const heal: (readonly [number, number])[] = [];
    const all: LookupRecord[] = [];
    let healMinutes: number | undefined;
    this.#phase('it heals');
    // Values of before are gone from nobody; fresh ones of one half, looked up from the other, show what has healed.
    for (let minute = 0; minute <= 30 && healMinutes === undefined; minute += 2) {
      this.#values.length = 0;
      this.#storeValues(60);
      await this.#pass(MINUTE);
      const records = await this.lookUp(200, (host, value) => host.udp.group !== value.owner.udp.group);
      const success = records.filter((record) => record.isFound).length / Math.max(1, records.length);
      const at = (this.world.now - healedAt) / MINUTE;
      heal.push([at, success]);
      all.push(...records);
      if (success >= 0.99) healMinutes = at;
    }
    return this.#report(stored.count, all, [], healMinutes, heal);
  }

  #packetCounts(): Map<DhtHost, number> {
    return new Map(this.hosts.map((host) => [host, host.udp.packetsIn]));
  }

  #report(
    stored: number,
    records: readonly LookupRecord[],
    load: readonly number[],
    healMinutes: number | undefined,
    heal: readonly (readonly [number, number])[],
  ): DhtReport {
    const up = this.#honest();
    const alive = new Set(
      this.hosts.filter((host) => host.isUp).map((host) => host.udp.nat?.host ?? host.udp.endpoint.host),
    );
    let [contacts, fresh, tables] = [0, 0, 0];
    for (const host of up.slice(0, 2000)) {
      tables++;
      const live = host.node.table.closest(host.node.id, 1000);
      contacts += live.length;
      fresh += live.filter(({ endpoint }) => alive.has(endpoint.host)).length;
    }
    return {
      nodes: this.hosts.length,
      stored,
      records,
      success: records.filter((record) => record.isFound).length / Math.max(1, records.length),
      tableSize: contacts / Math.max(1, tables),
      tableFreshness: fresh / Math.max(1, contacts),
      packetsPerNodeMinute: load,
      healMinutes,
      heal,
      events: this.world.events,
      digest: this.world.digest,
      virtualMinutes: this.world.now / MINUTE,
      lies: this.conspiracy?.lies ?? 0,
      replaysAccepted: this.conspiracy?.accepted ?? 0,
    };
  }

  #phase(name: string): void {
    this.options.onPhase?.(name);
  }
}

/** A node that leaves takes what it was doing along. */
function whenGone(): void {}

function drawSession(world: World): number {
  const scale = MEDIAN_SESSION_MS / Math.log(2) ** (1 / SESSION_SHAPE);
  return scale * (-Math.log(1 - world.prng.fraction())) ** (1 / SESSION_SHAPE);
}

function insideHost(number: number): string {
  return `10.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}
