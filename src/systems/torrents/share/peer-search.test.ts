// Where a share looks for peers, and who hears of it: private shares their trackers alone, stopped ones nobody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, createAddress } from '../../../ground/address.ts';
import { LEFT_UNKNOWN } from '../../../net/tracker/wire/announce.ts';
import type { Swarm } from '../swarm/core/swarm.ts';
import type { PeerContext } from './context.ts';
import { PeerSearch, type PeerSearchOptions } from './peer-search.ts';

const [V1, V2] = [new Uint8Array(20).fill(1), new Uint8Array(32).fill(2)];
const TRACKER = 'http://tracker.example/announce';
const addressOf = (host: string): Address => createAddress(host, 6881)!;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A search with everything around it, and what that heard. */
class World {
  readonly search: PeerSearch;
  /** Event and bytes left of each announce to a tracker, by its address. */
  readonly announces: string[] = [];
  /** By first byte of the hash. */
  readonly dhtAnnounces: string[] = [];
  readonly local: Set<number> = new Set();
  readonly watched: Set<number> = new Set();
  readonly nodes: string[] = [];
  readonly found: string[] = [];
  readonly saved: Address[] = [];
  readonly ownHosts: string[] = [];
  left: number | undefined = 100;
  swarm = {
    isComplete: false,
    isPrivate: false,
    peers: new Map<number, { isOpen: boolean; listenAddress: Address | undefined }>(),
    uploaded: { total: 5 },
    downloaded: { total: 7 },
    pool: { setOwnAddress: (host: Uint8Array) => void this.ownHosts.push(host.join('.')) },
  };

  constructor(options: Partial<PeerSearchOptions> = {}) {
    this.search = new PeerSearch(this.#context(), {
      key: 'key',
      infoHashV1: V1,
      infoHashV2: V2,
      trackers: [[TRACKER]],
      swarm: this.swarm as unknown as Swarm,
      leftBytes: () => this.left,
      onPeers: (peers, source) => void this.found.push(...peers.map(({ host }) => `${source} ${host}`)),
      ...options,
    });
  }

  #context(): PeerContext {
    const trackers = {
      announce: async ({ url }: { url: string }, { event, left }: { event: string; left: unknown }) => {
        this.announces.push(`${new URL(url).host} ${event} ${left === LEFT_UNKNOWN ? 'unknown' : left}`);
        return {
          peers: [addressOf('192.0.2.1')],
          intervalSeconds: 1800,
          externalIp: Uint8Array.of(203, 0, 113, 9),
        };
      },
    };
    const dht = {
      isReady: true,
      onNewNeighbour: new Set(),
      addNode: (_: string, host: string) => void this.nodes.push(host),
      watch: (hash: Uint8Array, listener: unknown) =>
        listener === undefined ? this.watched.delete(hash[0]!) : this.watched.add(hash[0]!),
      waitUntilReady: async () => {},
      announce: async (
        hash: Uint8Array,
        { isSeed, onPeers }: { isSeed: boolean; onPeers: (p: Address[]) => void },
      ) => {
        this.dhtAnnounces.push(`${hash[0]}:${hash.length}${isSeed ? ' seed' : ''}`);
        onPeers([addressOf('192.0.2.2')]);
        return [{ stored: 8 }];
      },
    };
    const lsd = {
      add: (hash: Uint8Array) => this.local.add(hash[0]!),
      delete: (hash: Uint8Array) => this.local.delete(hash[0]!),
    };
    const network = {
      loadGoodPeers: () => [addressOf('192.0.2.3')],
      saveGoodPeers: (_: string, peers: readonly Address[]) => void this.saved.push(...peers),
    };
    const context = {
      trackers,
      dht,
      lsd,
      state: { network },
      port: 6881,
      swarmOptions: { peerId: new Uint8Array(20) },
    };
    return context as unknown as PeerContext;
  }
}

test('trackers, the DHT, the local network and remembered peers are asked, by both hashes', async () => {
  const { search, ...world } = new World();
  search.startAnnouncing();
  search.startFinding([addressOf('192.0.2.9')]);
  await turn();
  assert.deepEqual(world.announces, ['tracker.example started 100']);
  assert.deepEqual(world.dhtAnnounces, ['1:20', '2:20']);
  assert.deepEqual(
    [[...world.local], [...world.watched]],
    [
      [1, 2],
      [1, 2],
    ],
  );
  assert.equal(world.nodes.length, 1);
  assert.deepEqual(
    new Set(world.found.map((line) => line.split(' ')[0])),
    new Set(['memory', 'tracker', 'dht']),
  );
  assert.deepEqual(world.ownHosts, ['203.0.113.9'], 'what the tracker sees is our own address');
  assert.deepEqual(search.dhtStatus, { rounds: 1, stored: 16, found: 1, isReady: true });
  await search.stop();
});

test('what is left is not known before the metadata', async () => {
  const world = new World();
  world.left = undefined;
  world.search.startAnnouncing();
  await turn();
  assert.deepEqual(world.announces, ['tracker.example started unknown']);
  await world.search.stop();
});

test('a share that turns out to be private is heard of by its trackers alone', async () => {
  const world = new World();
  world.search.startAnnouncing();
  world.search.startFinding([]);
  await turn();
  world.search.stopFinding();
  assert.deepEqual([world.local.size, world.watched.size, world.search.dhtStatus], [0, 0, undefined]);
  world.swarm.isPrivate = true;
  world.swarm.peers.set(1, { isOpen: true, listenAddress: addressOf('192.0.2.4') });
  world.search.handleCompleted();
  await world.search.stop();
  assert.deepEqual([world.dhtAnnounces.length, world.saved], [2, []]);
  assert.equal(world.announces.at(-1), 'tracker.example stopped 100');
});

test('a share that is to be found by other ways alone is in neither the DHT nor the local network', async () => {
  const world = new World({ ways: { usesDht: false, usesLsd: false } });
  world.search.startAnnouncing();
  world.search.startFinding([]);
  await turn();
  assert.deepEqual([world.local.size, world.dhtAnnounces, world.search.dhtStatus], [0, [], undefined]);
  assert.deepEqual(world.announces, ['tracker.example started 100']);
  await world.search.stop();
});

test('a seed says so, and remembers the peers that let it in', async () => {
  const world = new World();
  world.search.startAnnouncing();
  world.search.startFinding([]);
  await turn();
  world.left = 0;
  world.swarm.isComplete = true;
  world.swarm.peers.set(1, { isOpen: true, listenAddress: addressOf('192.0.2.4') });
  world.swarm.peers.set(2, { isOpen: false, listenAddress: addressOf('192.0.2.5') });
  world.search.handleCompleted();
  assert.deepEqual(world.saved, [addressOf('192.0.2.4')]);
  await turn();
  assert.equal(world.announces[1], 'tracker.example completed 0');
  await world.search.stop();
});

test('other trackers are told from then on, and those before that it is over', async () => {
  const world = new World();
  world.search.startAnnouncing();
  await turn();
  await world.search.setTrackers([['http://other.example/announce']]);
  await turn();
  assert.deepEqual(world.announces, [
    'tracker.example started 100',
    'other.example started 100',
    'tracker.example stopped 100',
  ]);
  assert.deepEqual(
    world.search.trackerStatus.map(({ url }) => url),
    ['http://other.example/announce'],
  );
  await world.search.stop();
});

test('nothing starts after the stop', async () => {
  const world = new World();
  await world.search.stop();
  world.search.startAnnouncing();
  world.search.startFinding([addressOf('192.0.2.9')]);
  await turn();
  assert.deepEqual([world.announces, world.dhtAnnounces, world.local.size, world.nodes], [[], [], 0, []]);
});
