/**
 * Rules in two swarms of the same machines. The seed picks the machines that keep rules, what they deny and when: one of the
 * two shares, by either of its info hashes, from the start or in the middle; machines, by address, and which of those are
 * allowed again. From the moment of a rule its machine sends nothing to whom it names, takes nothing from there, and
 * moves no byte of the share that it names. All others go on, and finish both shares.
 *
 * The filter is that of the rules system, and it stands where it does in the peer that ships: before the transport, at
 * handshakes, and over the shares that run.
 */
import type { Metainfo } from '../../src/data/content/metainfo.ts';
import { type Address, addressKey } from '../../src/ground/address.ts';
import { assert } from '../../src/ground/assert.ts';
import { toHex } from '../../src/ground/bytes.ts';
import { RefusalLog } from '../../src/systems/rules/core/refusal-log.ts';
import { LiveFilter } from '../../src/systems/rules/node/live-filter.ts';
import { createMatcher } from '../../testkit/rule-lists.ts';
import { SimPeer } from '../torrents/sim-peer.ts';
import { type MadeShare, makeShare } from '../torrents/swarm-sim.ts';
import { Network } from '../world/streams.ts';
import { World } from '../world/world.ts';

export interface RulesSimOptions {
  readonly seed: number;
  /** Machines; each is in both swarms. */
  readonly machines: number;
  /** Of those, how many keep rules. */
  readonly keepers: number;
  readonly sizeBytes: number;
}

export interface RulesReport {
  readonly finished: number;
  readonly expected: number;
  /** Of all keepers together, by occasion. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Bytes that moved of the denied share before it was denied. */
  readonly movedBefore: number;
  readonly lastSeconds: number;
  readonly digest: string;
}

const DENIED_SHARE = 0;
const SHARES = [DENIED_SHARE, 1] as const;
const SEEDS = 2;
const RULES_MS = 20_000;
const END_MS = 3_600_000;

/** What a machine had sent when a rule came, and what it must not have sent more. */
interface Watch {
  readonly what: string;
  readonly moved: () => number;
  readonly before: number;
}

interface Machine {
  readonly peers: readonly SimPeer[];
  /** Undefined where no rules are kept. */
  readonly keeper: Keeper | undefined;
}

class Keeper {
  readonly log: RefusalLog = new RefusalLog([]);
  readonly filter: LiveFilter;
  readonly hashes: string[] = [];
  hosts: string[] = [];

  constructor(world: World) {
    this.filter = new LiveFilter(createMatcher({}), this.log, () => world.now);
  }

  /** What it says now is in effect. */
  apply(): void {
    const lists = {
      hashes: this.hashes.join('\n'),
      hosts: this.hosts.map((host) => `${host}/32`).join('\n'),
    };
    const given = Object.entries(lists).filter(([, text]) => text !== '');
    this.filter.replace(createMatcher(Object.fromEntries(given)));
  }
}

export class RulesSim {
  readonly world: World;
  readonly #options: RulesSimOptions;
  readonly #network: Network;
  readonly #shares: readonly MadeShare[];
  readonly #machines: Machine[] = [];
  readonly #watches: Watch[] = [];
  #movedBefore = 0;

  constructor(options: RulesSimOptions) {
    this.#options = options;
    this.world = new World(options.seed);
    this.#network = new Network(this.world);
    this.#shares = SHARES.map((share) =>
      makeShare(options.seed * 2 + share, options.sizeBytes, 65_536, 'hybrid'),
    );
  }

  /** Of machine n in the swarm of a share. */
  static address(n: number, share: number): Address {
    return { host: `10.${share}.${n >> 8}.${n & 255}`, port: 6881 };
  }

  async run(): Promise<RulesReport> {
    const { machines, keepers } = this.#options;
    for (let n = 0; n < machines; n++) this.#addMachine(n, n >= SEEDS && n < SEEDS + keepers);
    for (const { keeper, peers } of this.#machines)
      if (keeper !== undefined) this.#scheduleRules(keeper, peers);
    await this.world.runAsync(RULES_MS);
    const expected = this.#expected();
    const isDone = (): boolean => expected.every(({ completedAt }) => completedAt !== undefined);
    await this.world.runAsync(END_MS, isDone);
    // Time for whoever would dial again.
    await this.world.runAsync(this.world.now + 300_000);
    for (const { what, moved, before } of this.#watches)
      assert(moved() === before, `${what}: ${moved() - before} bytes moved after the rule`);
    return this.#report(expected);
  }

  #addMachine(n: number, keepsRules: boolean): void {
    const { prng } = this.world;
    const keeper = keepsRules ? new Keeper(this.world) : undefined;
    const peers = SHARES.map((share) => {
      const address = RulesSim.address(n, share);
      const rate = 100_000 + prng.below(400_000);
      this.#network.add(address, { up: rate, down: rate * 4, delayMs: 5 + prng.below(60) });
      const { metainfo, pieces } = this.#shares[share]!;
      return new SimPeer(this.world, this.#network, {
        address,
        metainfo,
        ...(n < SEEDS ? { data: pieces } : {}),
        ...(keeper === undefined ? {} : { filter: keeper.filter }),
      });
    });
    this.#machines.push({ peers, keeper });
    for (const peer of peers)
      this.world.at(prng.below(5000), () => {
        peer.start();
        this.#introduce(peer);
      });
  }

  /** As a tracker does, again and again: also to peers that are denied, and of them. */
  #introduce(peer: SimPeer): void {
    const { prng } = this.world;
    const share = Number(peer.address.host.split('.')[1]);
    const told = Array.from({ length: 8 }, () => this.#machines[prng.below(this.#machines.length)]!);
    peer.learn(told.map(({ peers }) => peers[share]!.address).filter((address) => address !== peer.address));
    this.world.after(10_000 + prng.below(10_000), () => {
      if (!peer.isDown) this.#introduce(peer);
    });
  }

  #scheduleRules(keeper: Keeper, peers: readonly SimPeer[]): void {
    const { prng } = this.world;
    const { machines } = this.#options;
    const isEarly = prng.fraction() < 0.3;
    const ofShare = isEarly ? 0 : prng.below(RULES_MS);
    this.world.at(ofShare, () => this.#denyShare(keeper, peers[DENIED_SHARE]!));
    for (let i = 0; i < 3; i++) {
      // Not the seeds: all of a swarm would depend on what the seed picks.
      const n = SEEDS + prng.below(machines - SEEDS);
      this.world.at(prng.below(RULES_MS), () => this.#denyMachine(keeper, peers, n));
    }
  }

  #denyShare(keeper: Keeper, peer: SimPeer): void {
    const { infoHashV1, infoHashV2 } = this.#metainfo(DENIED_SHARE);
    keeper.hashes.push(toHex(this.world.prng.fraction() < 0.5 ? infoHashV1! : infoHashV2!));
    this.#movedBefore += sentBy(this.#network, peer) + peer.swarm.downloaded.total;
    keeper.apply();
    this.#watch(`${peer.name} sends of the denied share`, () => sentBy(this.#network, peer));
    this.#watch(`${peer.name} takes of the denied share`, () => peer.swarm.downloaded.total);
  }

  #denyMachine(keeper: Keeper, peers: readonly SimPeer[], n: number): void {
    for (const share of SHARES) {
      const peer = peers[share]!;
      const { address, name } = this.#machines[n]!.peers[share]!;
      if (address === peer.address || keeper.hosts.includes(address.host)) continue;
      keeper.hosts.push(address.host);
      keeper.apply();
      this.#watch(`${peer.name} sends to ${name}, which it denies`, () =>
        sentBy(this.#network, peer, address),
      );
      const isOpen = [...peer.swarm.peers.values()].some((one) =>
        addressKey(one.address).startsWith(`${address.host}:`),
      );
      assert(!isOpen, `${peer.name} is still connected to ${name}`);
    }
  }

  /** From now on no byte more. */
  #watch(what: string, moved: () => number): void {
    this.#watches.push({ what, moved, before: moved() });
  }

  #metainfo(share: number): Metainfo {
    return this.#shares[share]!.metainfo;
  }

  /** All but the peers of the denied share at machines that deny it. */
  #expected(): SimPeer[] {
    return this.#machines.flatMap(({ peers }) => peers.filter((peer) => !peer.isSeed && !peer.isDenied));
  }

  #report(expected: readonly SimPeer[]): RulesReport {
    const refusals: Record<string, number> = {};
    for (const { keeper } of this.#machines)
      for (const { occasion, count } of keeper?.log.latest(Number.POSITIVE_INFINITY) ?? [])
        refusals[occasion] = (refusals[occasion] ?? 0) + count;
    const finished = expected.filter(({ completedAt }) => completedAt !== undefined);
    return {
      finished: finished.length,
      expected: expected.length,
      refusals,
      movedBefore: this.#movedBefore,
      lastSeconds: Math.max(0, ...finished.map(({ completedAt }) => completedAt! / 1000)),
      digest: this.world.digest,
    };
  }
}

/** Bytes that a peer has written on links: to all, or to one host. */
function sentBy(network: Network, peer: SimPeer, to?: Address): number {
  const { sentTo } = network.hosts.get(peer.name)!;
  if (to !== undefined) return sentTo.get(to.host) ?? 0;
  return [...sentTo.values()].reduce((sum, bytes) => sum + bytes, 0);
}
