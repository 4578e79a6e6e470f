// Hostile peers in the simulated world: each is named with the rule that it broke, or costs nothing that counts, and
// the honest ones finish in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng } from '../../src/ground/prng.ts';
import { type HostileLine, HostilePeer, KINDS, type Kind } from './hostile.ts';
import { SwarmSim } from './swarm-sim.ts';

const TICK_MS = 50;
const HOSTILE = 12;

/** A victim that fetches from an honest seed while hostile peers come to it, and it goes to them; kinds take turns. */
async function attack(kinds: readonly Kind[], seed: number): Promise<{ sim: SwarmSim; codes: Set<string> }> {
  const sim = new SwarmSim({ seed, peers: 0, sizeBytes: 2 * 1024 * 1024, version: 'hybrid', faultyMs: 0 });
  sim.addNode(1, { data: sim.share.pieces, uploadLimit: 100_000 });
  const isFromMagnet = kinds.some((kind) => kind.isForMagnets === true);
  sim.addNode(2, { isFromMagnet, encryption: 'allowed' });
  const { world, network } = sim;
  const [source, victim] = sim.nodes;
  const prng = createPrng(seed);
  let talks = 0;
  const talk = (line: HostileLine): HostilePeer => {
    const kind = kinds[talks++ % kinds.length]!;
    const peer = new HostilePeer(kind, line, sim.share.metainfo, prng);
    peer.start();
    const tick = (): void => {
      if (isOver) return;
      peer.tick();
      world.after(TICK_MS, tick);
    };
    let isOver = false;
    const close = line.close.bind(line);
    line.close = () => {
      isOver = true;
      close();
    };
    world.after(TICK_MS, tick);
    return peer;
  };
  const hostile = Math.max(HOSTILE, 2 * kinds.length);
  for (let n = 0; n < hostile; n++) {
    const host = network.add(SwarmSim.address(100 + n), { up: 5e6, down: 5e6, delayMs: 10 });
    host.acceptor = (link) => {
      const peer = talk({ send: (bytes) => link.write(bytes), close: () => link.close() });
      link.setReceiver({
        onConnected: () => {},
        onData: (chunk) => peer.receive(chunk),
        onClosed: () => peer.tools.line.close(),
      });
    };
    // Every second one also knocks itself.
    if (n % 2 === 0) continue;
    world.after(500, () => {
      let peer: HostilePeer | undefined;
      const stream = network.dial(host, victim!.address, {
        onConnected: () =>
          (peer = talk({ send: (bytes) => stream.write(bytes), close: () => stream.close() })),
        onData: (chunk) => peer?.receive(chunk),
        onClosed: () => peer?.tools.line.close(),
      });
    });
  }
  source!.start();
  victim!.start();
  victim!.learn([
    SwarmSim.address(1),
    ...Array.from({ length: hostile }, (_, n) => SwarmSim.address(100 + n)),
  ]);
  await world.runAsync(300_000, () => victim!.completedAt !== undefined);
  const codes = new Set(victim!.gone.map(({ code }) => code));
  return { sim, codes };
}

for (const kind of KINDS) {
  if (kind.isDeaf === true) continue;
  test(`hostile: ${kind.name}`, async () => {
    const { sim, codes } = await attack([kind], 7);
    const [, victim] = sim.nodes;
    const seconds = (victim!.completedAt ?? Number.POSITIVE_INFINITY) / 1000;
    // 2 MiB at 100 kB/s are 21 s.
    assert.ok(seconds < 60, `it took ${seconds} s; gone: ${[...codes].join()}`);
    const seed = SwarmSim.address(1).host;
    assert.ok(!victim!.banned.includes(seed), 'the honest one was banned');
    if (kind.codes === undefined) return;
    assert.ok(
      kind.codes.some((code) => codes.has(code)),
      `named ${[...codes].join()} instead of ${kind.codes.join()}`,
    );
  });
}

test('hostile: all kinds at once', async () => {
  const kinds = KINDS.filter((kind) => kind.isDeaf !== true);
  for (const seed of [7, 8, 9]) {
    const { sim, codes } = await attack(kinds, seed);
    const [, victim] = sim.nodes;
    const seconds = (victim!.completedAt ?? Number.POSITIVE_INFINITY) / 1000;
    // 2 MiB at 100 kB/s are 21 s.
    assert.ok(seconds < 60, `seed ${seed}: it took ${seconds} s; gone: ${[...codes].join()}`);
    assert.ok(!victim!.banned.includes(SwarmSim.address(1).host), 'the honest one was banned');
  }
});

/** Seconds until the last honest peer has it all. */
async function lastOf(liars: number, seed: number, sizeMib: number): Promise<number> {
  const sim = new SwarmSim({ seed, peers: 60, sizeBytes: sizeMib * 1024 * 1024, liars, faultyMs: 20_000 });
  const report = await sim.run();
  assert.equal(report.finished, report.honest, JSON.stringify(report));
  assert.equal(report.wrongBans, 0, JSON.stringify(report));
  return report.lastSeconds!;
}

test('half of the peers poison at random: within twice the clean time', async () => {
  for (const seed of [21, 22, 23]) {
    const clean = await lastOf(0, seed, 8);
    const poisoned = await lastOf(0.5, seed, 8);
    assert.ok(poisoned <= 2 * clean, `seed ${seed}: ${poisoned} s instead of ${clean} s`);
  }
});
