// Web seeds (BEP 19) in virtual time: the driver, the links and the files of servers that ship, on simulated servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Geometry } from '../../src/data/content/geometry.ts';
import { createAddress } from '../../src/ground/address.ts';
import { AskLater } from '../../src/net/link/node/retry-after.ts';
import { NoRanges, WebFiles } from '../../src/systems/torrents/swarm/node/web-files.ts';
import type { SimPeer } from './sim-peer.ts';
import { SwarmSim } from './swarm-sim.ts';
import { type SimSite, SimWeb } from '../world/web.ts';

const MIB = 1024 * 1024;
const URL_OF_SEED = 'http://mirror.test/';

interface Scene {
  readonly sim: SwarmSim;
  readonly peer: SimPeer;
  readonly web: SimWeb;
  readonly site: SimSite;
  /** Why links to the server ended by its fault. */
  readonly failures: Error[];
  connect(givesWholeFiles?: boolean): void;
}

/** A peer that knows nobody but a web server, which has all files of the share. */
function open(seed: number, options: Partial<SimSite> = {}): Scene {
  const sim = new SwarmSim({ seed, peers: 0, sizeBytes: 2 * MIB, version: 'hybrid' });
  const { world, share } = sim;
  const web = new SimWeb(world);
  const site: SimSite = { files: filesOf(sim), rate: 400_000, delayMs: 20, ...options };
  web.sites.set('mirror.test', site);
  const peer = sim.addNode(1, { web });
  peer.start();
  const failures: Error[] = [];
  const connect = (givesWholeFiles = false): void => {
    const { driver } = peer;
    peer.driver.addWebSeed({
      id: driver.swarm.nextId(),
      address: createAddress('198.51.100.7', 80)!,
      handshake: {
        infoHash: share.metainfo.infoHashV1!,
        peerId: world.prng.fill(new Uint8Array(20)),
        supportsExtensions: false,
        supportsFast: true,
        supportsV2: false,
      },
      files: new WebFiles({
        ...driver.webPorts,
        url: URL_OF_SEED,
        geometry: driver.swarm.content!.geometry,
        userAgent: 'sim',
        reach: 'public',
      }),
      givesWholeFiles,
      onFailure: (error) => failures.push(error),
    });
  };
  return { sim, peer, web, site, failures, connect };
}

function filesOf({ share }: SwarmSim): Map<string, Uint8Array> {
  const { info } = share.metainfo;
  const geometry = new Geometry(info);
  const contents = info.files.map(({ lengthBytes }) => new Uint8Array(lengthBytes));
  for (const [piece, data] of share.pieces.entries()) {
    let at = 0;
    for (const { file, fileOffset, length } of geometry.slices(piece, 0, geometry.pieceLength(piece))) {
      contents[file]!.set(data.subarray(at, at + length), fileOffset);
      at += length;
    }
  }
  return new Map(info.files.map(({ path }, file) => [`/${info.name}/${path.join('/')}`, contents[file]!]));
}

test('a server with ranges gives a whole share, several parts at once', async () => {
  const { sim, peer, connect, failures } = open(1);
  connect();
  await sim.world.runAsync(60_000, () => peer.completedAt !== undefined);
  assert.ok(peer.completedAt !== undefined, failures.map(({ message }) => message).join());
  assert.deepEqual([peer.wrongPieces, peer.banned, failures], [0, [], []]);
  // One connection at 400 kB/s would take 5.2 s.
  assert.ok(peer.completedAt < 4000, `${peer.completedAt} ms`);
});

test('a server without ranges is found out, and then read from the first byte to the last', async () => {
  const { sim, peer, connect, failures } = open(2, { hasNoRanges: true });
  connect();
  await sim.world.runAsync(10_000, () => failures.length > 0);
  assert.ok(failures[0] instanceof NoRanges);
  connect(true);
  await sim.world.runAsync(120_000, () => peer.completedAt !== undefined);
  assert.ok(peer.completedAt !== undefined, failures.map(({ message }) => message).join());
  assert.equal(peer.wrongPieces, 0);
});

test('a server that falls silent is left after half a minute, and others finish the share', async () => {
  const { sim, peer, site, connect, failures } = open(3);
  connect();
  await sim.world.runAsync(1000);
  site.isSilent = true;
  await sim.world.runAsync(45_000, () => failures.length > 0);
  assert.match(failures[0]!.message, /sent nothing for 30 s/);
  sim.addNode(2, { data: sim.share.pieces }).start();
  peer.learn([SwarmSim.address(2)]);
  await sim.world.runAsync(200_000, () => peer.completedAt !== undefined);
  assert.ok(peer.completedAt !== undefined);
});

test('a server that is overloaded says when to come back, and gives then', async () => {
  const { sim, peer, site, connect, failures } = open(5, { retryAfter: 90 });
  connect();
  await sim.world.runAsync(10_000, () => failures.length > 0);
  const [failure] = failures;
  assert.ok(failure instanceof AskLater);
  assert.equal(failure.afterMs, 90_000);
  delete site.retryAfter;
  connect();
  await sim.world.runAsync(60_000, () => peer.completedAt !== undefined);
  assert.ok(peer.completedAt !== undefined);
});

test('a server with wrong files is banned, though it gave all that it was asked for', async () => {
  const { sim, peer, site, connect } = open(4);
  for (const content of site.files.values()) if (content.length > 1000) content.fill(7, 0, 1000);
  connect();
  await sim.world.runAsync(60_000, () => peer.banned.length > 0);
  assert.ok(peer.wrongPieces > 0);
  assert.deepEqual(peer.banned, ['198.51.100.7']);
});
