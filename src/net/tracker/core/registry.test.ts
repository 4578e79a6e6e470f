// The memory of a tracker: against a simple model, and its samples, bounds, expiry and rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTimeMs } from '../../../../testkit/cpu-time.ts';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { addressKey, decodeCompact, encodeCompact } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { createPrng } from '../../../ground/prng.ts';
import type { AnnounceEvent } from '../wire/announce.ts';
import { Registry, REGISTRY_TICK_MS, type RegistryOptions } from './registry.ts';

const open = (options: Partial<RegistryOptions> = {}, seed = 1): Registry =>
  new Registry({ prng: createPrng(seed), secretPrng: createPrng(seed + 1), ...options });

const v4 = (n: number, port = 6881): Uint8Array =>
  encodeCompact({ host: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, port })!;
const v6 = (n: number, port = 6881): Uint8Array =>
  encodeCompact({ host: `2001:db8::${(n + 1).toString(16)}`, port })!;
const hashOf = (n: number): Uint8Array => createPrng(n + 1).fill(new Uint8Array(20));
const INFO_HASH = hashOf(0);

interface Announced {
  readonly now?: number;
  readonly infoHash?: Uint8Array;
  readonly event?: AnnounceEvent;
  readonly left?: number;
  readonly count?: number;
}

/** Announces, and returns the keys of the peers that the asker is told of, over its own family. */
function announce(registry: Registry, address: Uint8Array, options: Announced = {}): string[] {
  const { now = 0, infoHash = INFO_HASH, event, left = 1, count = 50 } = options;
  registry.handleAnnounce(now, infoHash, 0, address, event, left === 0);
  const out = new Uint8Array(18 * 300);
  const length = registry.sample(count, left === 0, out, 7) - 7;
  return decodeCompact(out.subarray(7, 7 + length), address.length === 6 ? 4 : 6).map(addressKey);
}

const keyOf = (address: Uint8Array): string =>
  addressKey(decodeCompact(address, address.length === 6 ? 4 : 6)[0]!);
const counts = (registry: Registry): number[] => [registry.seeders, registry.leechers];

test('peers find each other, seeds are told of no seeds, stopped ones vanish, silence expires', () => {
  const registry = open({ intervalSeconds: 100 });
  announce(registry, v4(1), { left: 0 });
  announce(registry, v4(2), { left: 0 });
  assert.deepEqual(announce(registry, v4(3)).sort(), [keyOf(v4(1)), keyOf(v4(2))]);
  assert.deepEqual(counts(registry), [2, 1]);
  assert.deepEqual(announce(registry, v4(1), { now: 1, left: 0 }), [keyOf(v4(3))]);
  announce(registry, v4(3), { now: 2, event: 'completed', left: 0 });
  assert.deepEqual(registry.handleScrape(2, [INFO_HASH])[0], {
    infoHash: INFO_HASH,
    seeders: 3,
    completed: 1,
    leechers: 0,
  });
  assert.deepEqual(announce(registry, v4(3), { now: 3, event: 'stopped' }).length, 2);
  assert.equal(registry.peerCount, 2);
  registry.handleTick(300_000);
  assert.deepEqual([registry.peerCount, registry.swarmCount], [0, 0]);
});

test('a peer that fell silent is neither told of nor counted, though no round has come by', () => {
  const registry = open({ intervalSeconds: 100 });
  announce(registry, v4(1), { now: 0 });
  announce(registry, v6(1), { now: 100_000, left: 0 });
  assert.deepEqual(announce(registry, v4(2), { now: 250_000 }), [keyOf(v4(1))]);
  assert.deepEqual(announce(registry, v4(2), { now: 250_100 }), []);
  assert.deepEqual(counts(registry), [1, 1]);
  const [scraped] = registry.handleScrape(350_100, [INFO_HASH]);
  assert.deepEqual([scraped!.seeders, scraped!.leechers], [0, 1]);
});

test('an asker is told of its own family, and over HTTP of both', () => {
  const registry = open();
  for (let n = 1; n <= 5; n++) announce(registry, v4(n));
  for (let n = 1; n <= 3; n++) announce(registry, v6(n));
  assert.equal(announce(registry, v4(1)).length, 4);
  assert.deepEqual(announce(registry, v6(1)).sort(), [keyOf(v6(2)), keyOf(v6(3))]);
  assert.deepEqual(counts(registry), [0, 8]);
  const both = registry.sampleBoth(50, false);
  assert.equal(both.v4.length, 5 * 6);
  assert.equal(both.v6.length, 2 * 18);
  const some = registry.sampleBoth(3, false);
  assert.equal(some.v4.length / 6 + some.v6.length / 18, 3);
});

test('a stop of a swarm that nobody knows makes none', () => {
  const registry = open({ maxSwarms: 1 });
  announce(registry, v4(1));
  assert.deepEqual(announce(registry, v4(1), { infoHash: hashOf(1), event: 'stopped' }), []);
  assert.deepEqual(counts(registry), [0, 0]);
  assert.equal(announce(registry, v4(2)).length, 1, 'the other is still there');
});

test('every other peer is in a sample with the same chance, whoever asks', () => {
  for (const [seeds, askerIsSeed] of [
    [15, false],
    [15, true],
    [0, false],
  ] as const) {
    const registry = open({}, 7);
    const total = 40;
    const isSeed = (n: number): boolean => n % 8 < (seeds * 8) / total;
    for (let n = 0; n < total; n++) announce(registry, v4(n), { left: isSeed(n) ? 0 : 1 });
    const asker = Array.from({ length: total }, (_, n) => n).filter((n) => isSeed(n) === askerIsSeed)[3]!;
    const times = new Map<string, number>();
    const rounds = 5000;
    for (let i = 0; i < rounds; i++)
      for (const key of announce(registry, v4(asker), { left: askerIsSeed ? 0 : 1, count: 8 }))
        times.set(key, (times.get(key) ?? 0) + 1);
    const eligible = Array.from({ length: total }, (_, n) => n).filter(
      (n) => n !== asker && !(askerIsSeed && isSeed(n)),
    );
    assert.deepEqual([...times.keys()].sort(), eligible.map((n) => keyOf(v4(n))).sort());
    const chance = 8 / eligible.length;
    const allowed = 5 * Math.sqrt(rounds * chance * (1 - chance));
    for (const [key, count] of times)
      assert.ok(Math.abs(count - rounds * chance) < allowed, `${key}: ${count} of ${rounds * chance}`);
  }
});

test('over both families every peer has the same chance', () => {
  const registry = open({}, 3);
  for (let n = 0; n < 9; n++) announce(registry, v4(n));
  for (let n = 0; n < 4; n++) announce(registry, v6(n));
  let [ofV4, ofV6] = [0, 0];
  const rounds = 10_000;
  for (let i = 0; i < rounds; i++) {
    const { v4: short, v6: long } = registry.sampleBoth(3, false);
    ofV4 += short.length / 6;
    ofV6 += long.length / 18;
  }
  assert.equal(ofV4 + ofV6, 3 * rounds);
  assert.ok(Math.abs(ofV4 / (3 * rounds) - 9 / 12) < 0.01, `${ofV4}`);
});

test('swarms, peers of one and peers of all are bounded', () => {
  const registry = open({ maxSwarms: 10, maxPeersPerSwarm: 5 });
  for (let i = 0; i < 1000; i++) {
    announce(registry, v4(i), { infoHash: hashOf(i % 256) });
    announce(registry, v4(i));
    announce(registry, v6(i));
    assert.ok(registry.swarmCount <= 10 && registry.peerCount <= 100);
  }
  assert.deepEqual([registry.swarmCount, announce(registry, v4(1)).length], [10, 4]);
});

test('when there are too many peers in all, the swarm goes that nobody announced to for longest', () => {
  const registry = open({ maxPeers: 100 });
  for (let n = 0; n < 10; n++)
    for (let peer = 0; peer < 10; peer++) announce(registry, v4(peer), { infoHash: hashOf(n) });
  announce(registry, v4(0), { infoHash: hashOf(0) });
  announce(registry, v4(10), { infoHash: hashOf(9) });
  assert.deepEqual([registry.peerCount, registry.swarmCount], [91, 9]);
  assert.equal(registry.handleScrape(0, [hashOf(1)])[0]!.leechers, 0);
  assert.equal(registry.handleScrape(0, [hashOf(0)])[0]!.leechers, 10);
  // One swarm that is all there is drops its own, of either family.
  for (let peer = 0; peer < 300; peer++) announce(registry, peer % 3 === 0 ? v6(peer) : v4(peer));
  assert.deepEqual([registry.peerCount, registry.swarmCount], [100, 1]);
  const small = open({ maxPeers: 1 });
  announce(small, v4(1));
  announce(small, v6(1));
  assert.equal(small.peerCount, 1);
});

test('the round that forgets looks at a bounded number of peers at a time, and at all within a minute', () => {
  const registry = open({ intervalSeconds: 1, maxPeersPerSwarm: 1000 });
  const [swarms, peers] = [1000, 100];
  const addresses = Array.from({ length: peers }, (_, peer) => v4(peer));
  for (let n = 0; n < swarms; n++) {
    const infoHash = hashOf(n);
    for (const address of addresses) registry.handleAnnounce(0, infoHash, 0, address, undefined, false);
  }
  let calls = 0;
  for (let now = 10_000; registry.peerCount > 0; now += REGISTRY_TICK_MS) {
    const before = registry.peerCount;
    registry.handleTick(now);
    const gone = before - registry.peerCount;
    assert.ok(gone > 0 && gone <= 20_000 + peers, `${gone} in one call`);
    calls++;
  }
  assert.ok(calls >= 5 && calls <= 10, `${calls} calls`);
  assert.equal(registry.swarmCount, 0);
});

test('a large swarm costs no more than a small one, and a peer some tens of bytes', () => {
  const registry = open();
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 5000; n++)
    for (let peer = 0; peer < 20; peer++)
      registry.handleAnnounce(0, hashOf(n), 0, v4(peer), undefined, false);
  const perPeer = (process.memoryUsage().arrayBuffers - before) / registry.peerCount;
  assert.ok(perPeer < 60, `${perPeer} bytes a peer`);
  const out = new Uint8Array(300);
  const costOf = (infoHash: Uint8Array, peers: number): number => {
    const addresses = Array.from({ length: peers }, (_, peer) => v4(peer));
    for (const address of addresses) registry.handleAnnounce(0, infoHash, 0, address, undefined, false);
    const started = cpuTimeMs();
    for (let i = 0; i < 40_000; i++) {
      registry.handleAnnounce(0, infoHash, 0, addresses[(i * 7919) % peers]!, undefined, false);
      registry.sample(50, i % 2 === 0, out, 0);
    }
    return cpuTimeMs() - started;
  };
  const [small, large] = [costOf(hashOf(10_000), 100), costOf(hashOf(10_001), 20_000)];
  // A look at every peer would take two hundred times as long.
  assert.ok(large < 10 * small + 50, `${large} ms against ${small} ms`);
});

test('a denied share is forgotten and refused, denied peers are in no answer and no count', () => {
  const filter = new FakeFilter();
  const registry = open({ filter });
  const [denied, other, asker] = [v4(1), v4(2), v4(3)];
  announce(registry, denied, { left: 0 });
  announce(registry, other);
  assert.equal(announce(registry, asker).length, 2);
  filter.deny('10.0.0.1');
  assert.deepEqual(announce(registry, asker), [keyOf(other)]);
  assert.deepEqual(counts(registry), [0, 2]);
  assert.deepEqual(
    [registry.ignores(denied.slice(0, 4)), registry.ignores(other.slice(0, 4))],
    [true, false],
  );
  filter.deny(toHex(INFO_HASH));
  assert.equal(registry.denies(INFO_HASH), true);
  assert.deepEqual([registry.swarmCount, registry.handleScrape(0, [INFO_HASH])[0]!.seeders], [0, 0]);
  assert.equal(registry.denies(new Uint8Array(20)), false);
  registry.close();
  assert.equal(filter.listeners, 0);
});

/** A tracker as one would write it without thinking of its cost. */
class Model {
  readonly swarms = new Map<
    string,
    { peers: Map<string, { isSeed: boolean; tick: number }>; completed: number }
  >();
  readonly expiryTicks: number;

  constructor(intervalSeconds: number) {
    this.expiryTicks = intervalSeconds * 25;
  }

  look(
    key: string,
    tick: number,
  ): { peers: Map<string, { isSeed: boolean; tick: number }>; completed: number } {
    const swarm = this.swarms.get(key) ?? { peers: new Map(), completed: 0 };
    for (const [peer, { tick: seen }] of swarm.peers)
      if (seen + this.expiryTicks < tick) swarm.peers.delete(peer);
    return swarm;
  }

  announce(key: string, peer: string, tick: number, event: AnnounceEvent, isSeed: boolean): void {
    const swarm = this.look(key, tick);
    if (event === 'stopped') swarm.peers.delete(peer);
    else swarm.peers.set(peer, { isSeed, tick });
    if (event === 'completed') swarm.completed++;
    if (swarm.peers.size > 0 || swarm.completed > 0) this.swarms.set(key, swarm);
    else this.swarms.delete(key);
  }

  tick(tick: number): void {
    for (const key of [...this.swarms.keys()])
      if (this.look(key, tick).peers.size === 0) this.swarms.delete(key);
  }
}

/** One life of a registry beside the model. Swarm 0 is large, so that it has an index and loses it again. */
function live(seed: number): void {
  const prng = createPrng(seed);
  const intervalSeconds = 20;
  const registry = open({ intervalSeconds }, seed);
  const model = new Model(intervalSeconds);
  let now = 12_345;
  const tickOf = (at: number): number => Math.floor((at - 12_345) / 100) + 1;
  const crowd = (): void => {
    const [from, to] = [prng.below(700), prng.below(700)];
    const isStopping = prng.below(3) === 0;
    for (let n = Math.min(from, to); n < Math.max(from, to); n++)
      step(hashOf(0), n, isStopping ? 'stopped' : undefined, n % 3 === 0, n % 20 === 0);
  };
  const step = (
    infoHash: Uint8Array,
    n: number,
    event: AnnounceEvent,
    isSeed: boolean,
    isChecked = true,
  ): void => {
    const address = n % 5 === 0 ? v6(n) : v4(n);
    const told = announce(registry, address, { now, infoHash, event, left: isSeed ? 0 : 1, count: 20 });
    const key = toHex(infoHash);
    model.announce(key, keyOf(address), tickOf(now), event, isSeed);
    if (!isChecked) return;
    const peers = model.swarms.get(key)?.peers ?? new Map<string, { isSeed: boolean; tick: number }>();
    const seeders = [...peers.values()].filter((peer) => peer.isSeed).length;
    assert.deepEqual(counts(registry), [seeders, peers.size - seeders]);
    const eligible = [...peers].filter(
      ([peer, state]) =>
        peer !== keyOf(address) && peer.startsWith('[') === (n % 5 === 0) && !(isSeed && state.isSeed),
    );
    assert.equal(told.length, Math.min(20, eligible.length));
    assert.equal(new Set(told).size, told.length, 'nobody twice');
    const names = new Set(eligible.map(([peer]) => peer));
    for (const peer of told) assert.ok(names.has(peer), `${peer} is there and may be told of`);
  };
  for (let i = 0; i < 400; i++) {
    const dice = prng.below(40);
    if (dice === 0) crowd();
    else if (dice < 4) now += prng.below(12_000);
    else if (dice === 4) {
      now += 1000;
      registry.handleTick(now);
      model.tick(tickOf(now));
      const all = [...model.swarms.values()].reduce((sum, swarm) => sum + swarm.peers.size, 0);
      assert.deepEqual([registry.peerCount, registry.swarmCount], [all, model.swarms.size]);
    } else if (dice < 8) {
      const infoHash = hashOf(prng.below(12));
      const swarm = model.look(toHex(infoHash), tickOf(now));
      const seeders = [...swarm.peers.values()].filter((peer) => peer.isSeed).length;
      const expected = {
        infoHash,
        seeders,
        completed: swarm.completed,
        leechers: swarm.peers.size - seeders,
      };
      assert.deepEqual(registry.handleScrape(now, [infoHash]), [expected]);
    } else {
      const event = ([undefined, undefined, 'started', 'completed', 'stopped', 'stopped'] as const)[
        prng.below(6)
      ];
      step(hashOf(prng.below(12)), prng.below(60), event, event === 'completed' || prng.below(3) === 0);
    }
  }
  now += 1_000_000;
  registry.handleTick(now);
  assert.deepEqual([registry.peerCount, registry.swarmCount], [0, 0]);
  assert.ok(registry.slabCount <= 40, 'what is empty is given back');
}

test('it says the same as a simple model', () => {
  for (let seed = 1; seed <= 20; seed++) {
    try {
      live(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
