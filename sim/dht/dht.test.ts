// The DHT that ships, thousands of nodes of it, in virtual time. Fixed seeds; the larger runs of docs/dht.md use the same code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKey } from '../../src/ground/address.ts';
import { Endpoint } from '../../src/ground/endpoint.ts';
import { KrpcWriter } from '../../src/net/dht/wire/krpc-writer.ts';
import { createNodeId, isIdBoundTo } from '../../src/net/dht/wire/node-id.ts';
import { DhtHost } from './host.ts';
import { type DhtReport, DhtSim, type DhtSimOptions } from './dht-sim.ts';
import { Nat, NAT_KINDS } from '../world/nat.ts';
import { quantile } from '../svg.ts';
import { UdpNetwork } from '../world/udp.ts';
import { World } from '../world/world.ts';

const run = (options: Omit<DhtSimOptions, 'seed'> & { seed?: number }): Promise<DhtReport> =>
  new DhtSim({ seed: 1, ...options }).run();
const medianHops = (report: DhtReport): number =>
  quantile(
    report.records.filter((record) => record.isFound).map((record) => record.hops),
    0.5,
  );

test('2,000 nodes in good weather: every lookup finds its value, in few hops', async () => {
  const report = await run({ nodes: 2000, lookups: 500 });
  assert.equal(report.success, 1);
  assert.ok(medianHops(report) <= Math.ceil(Math.log2(2000) / 3));
});

test('measured churn and 5 % loss: 99.5 % at least', async () => {
  const report = await run({ nodes: 1500, churn: 1, faults: { loss: 0.05 }, lookups: 1000, ageMinutes: 20 });
  assert.ok(report.success >= 0.995, String(report.success));
});

test('30 % of the nodes poison: 95 % at least', async () => {
  const report = await run({ nodes: 1500, adversaries: 0.3, lookups: 600 });
  assert.ok(report.success >= 0.95, String(report.success));
  assert.ok(report.lies > 1000);
});

for (const malice of ['slow', 'silent'] as const) {
  test(`30 % of the nodes are ${malice}: no lookup waits for them`, async () => {
    const report = await run({ nodes: 800, adversaries: 0.3, malice, lookups: 300 });
    assert.equal(report.success, 1);
    const found = report.records.map((record) => record.foundMs);
    assert.ok(quantile(found, 0.5) < 500, String(quantile(found, 0.5)));
  });
}

test('half of the nodes behind NATs, wrong clocks, duplicates, reordering, small packets only', async () => {
  const report = await run({
    nodes: 800,
    natMix: 0.5,
    clockSkew: 0.3,
    faults: { duplication: 0.05, reordering: 0.1, mtu: 1232 },
    lookups: 300,
  });
  assert.ok(report.success >= 0.995, String(report.success));
});

test('after half an hour in two halves the network is one again within minutes', async () => {
  const report = await run({ nodes: 600, partition: true });
  assert.ok(report.healMinutes !== undefined && report.healMinutes <= 5, String(report.heal));
});

test('a seed is its run: twice the same, another seed another', async () => {
  const options = {
    nodes: 200,
    churn: 5,
    natMix: 0.2,
    adversaries: 0.1,
    faults: { loss: 0.02 },
    lookups: 50,
  };
  const first = await run(options);
  assert.equal((await run(options)).digest, first.digest);
  assert.notEqual((await run({ ...options, seed: 2 })).digest, first.digest);
});

test('a node that does not know its address learns it from others, and takes an id that follows from it (BEP 42)', async () => {
  const sim = new DhtSim({ seed: 4, nodes: 60, lookups: 0, values: 0, ageMinutes: 0 });
  await sim.run();
  const endpoint = Endpoint.from('81.2.69.142', 6881)!;
  const udp = sim.network.add(endpoint, 10);
  const host = new DhtHost({
    world: sim.world,
    network: sim.network,
    udp,
    writer: new KrpcWriter(),
    knowsOwnAddress: false,
  });
  assert.equal(isIdBoundTo(host.node.id, endpoint.hostBytes), false);
  host.start([sim.hosts[0]!.udp.endpoint]);
  sim.world.run(sim.world.now + 60_000);
  assert.equal(isIdBoundTo(host.node.id, endpoint.hostBytes), true);
  assert.ok(host.node.table.size > 8);
});

test('a node that begins with names finds the network through the one that still leads somewhere', async () => {
  const sim = new DhtSim({ seed: 8, nodes: 60, lookups: 0, values: 0, ageMinutes: 0 });
  await sim.run();
  const { world, network } = sim;
  const alive = sim.hosts[0]!.udp.endpoint;
  const names = new Map([
    ['dead.test', ['203.0.113.1', '203.0.113.2']],
    ['alive.test', ['203.0.113.3', alive.host]],
  ]);
  const udp = network.add(Endpoint.from('81.2.69.142', 6881)!, 10);
  const host = new DhtHost({ world, network, udp, writer: new KrpcWriter(), names });
  host.start([]);
  for (const name of ['unknown.test', ...names.keys()]) host.service.addNode('router', name, alive.port);
  let isReady: boolean | undefined;
  void host.service.waitUntilReady(60_000).then((ready) => (isReady = ready));
  await world.runAsync(world.now + 61_000, () => isReady !== undefined);
  assert.equal(isReady, true);
  const starts = host.service.status()[0]!.starts;
  assert.deepEqual(
    starts.filter(({ answered }) => answered).map(({ name, address }) => [name, address]),
    [[`alive.test:${alive.port}`, addressKey(alive)]],
  );
  assert.ok(starts.some(({ name, asked }) => name === `unknown.test:${alive.port}` && !asked));
});

test('a Sybil with few addresses can not take the neighbourhood of a key (BEP 42, diversity)', async () => {
  const sim = new DhtSim({ seed: 5, nodes: 400, lookups: 0, values: 0, ageMinutes: 0 });
  await sim.run();
  const { world, network } = sim;
  const key = world.prng.fill(new Uint8Array(20));
  // 64 nodes right beside the key, on ports of four addresses of one network; they answer, and keep nothing.
  const writer = new KrpcWriter();
  const sybils: Uint8Array[] = [];
  for (let i = 0; i < 64; i++) {
    const id = key.slice();
    id[19] = i;
    const udp = network.add(Endpoint.from(`203.0.113.${1 + i}`, 7000)!, 5);
    udp.receive = (packet, from) => {
      const text = Buffer.from(packet).toString('latin1');
      const transaction = /1:t4:([\s\S]{4})/.exec(text)?.[1];
      if (transaction === undefined || /1:y1:r/.test(text)) return;
      const bytes = Uint8Array.from(transaction, (character) => character.charCodeAt(0));
      network.send(udp, writer.response(bytes, from.compact, { id, token: Uint8Array.of(1) }), from);
    };
    sybils.push(id);
    for (const host of sim.hosts) host.node.table.handleAnswer(host.now, id, udp.endpoint);
  }
  const [owner, asker] = [sim.hosts[20]!, sim.hosts[200]!];
  let stored = 0;
  const announced = owner.service.announce(key, { port: 7, isSeed: true, onPeers: () => {} });
  void announced.then(([result]) => (stored = result!.stored));
  await world.runInSteps(world.now + 20_000, 1000);
  let found = 0;
  void asker.service.findPeers(key, { onPeers: (peers) => (found += peers.length) });
  world.run(world.now + 20_000);
  assert.ok(stored >= 6, `${stored} nodes stored it`);
  assert.ok(found > 0);
});

test('tokens of one host are worth nothing to another, and expire', async () => {
  const sim = new DhtSim({ seed: 6, nodes: 50, lookups: 0, values: 0, ageMinutes: 0 });
  await sim.run();
  const { world, network } = sim;
  const victim = sim.hosts[10]!;
  const infoHash = new Uint8Array(20).fill(9);
  const writer = new KrpcWriter();
  const id = createNodeId(undefined, world.prng);
  const answers: string[] = [];
  const thief = network.add(Endpoint.from('9.9.9.9', 1000)!, 10);
  const other = network.add(Endpoint.from('8.8.4.4', 1000)!, 10);
  let token: Uint8Array | undefined;
  thief.receive = (packet) => {
    const text = Buffer.from(packet).toString('latin1');
    const at = text.indexOf('5:token8:');
    if (at >= 0) token = packet.slice(at + 9, at + 17);
    answers.push(/1:y1:([re])/.exec(text)?.[1] ?? '?');
  };
  other.receive = (packet) =>
    answers.push(/1:y1:([re])/.exec(Buffer.from(packet).toString('latin1'))?.[1] ?? '?');
  const send = (from: typeof thief, method: 'announce_peer' | 'get_peers', args: object): void => {
    network.send(from, writer.query(method, 7, id, true, { infoHash, ...args }), victim.udp.endpoint);
    world.run(world.now + 1000);
  };
  send(thief, 'get_peers', {});
  assert.ok(token !== undefined);
  send(thief, 'announce_peer', { token, port: 5 });
  send(other, 'announce_peer', { token, port: 5 });
  assert.deepEqual(answers, ['r', 'r', 'e']);
  world.run(world.now + 11 * 60_000);
  send(thief, 'announce_peer', { token, port: 5 });
  assert.equal(answers.at(-1), 'e');
});

test('a flood from one host is cut off, and costs the others nothing', async () => {
  const sim = new DhtSim({ seed: 7, nodes: 50, lookups: 0, values: 0, ageMinutes: 0 });
  await sim.run();
  const { world, network } = sim;
  const victim = sim.hosts[10]!;
  const id = createNodeId(undefined, world.prng);
  const writer = new KrpcWriter();
  const flood = network.add(Endpoint.from('9.9.9.9', 1000)!, 10);
  const polite = network.add(Endpoint.from('8.8.4.4', 1000)!, 10);
  let [floodAnswers, politeAnswers] = [0, 0];
  flood.receive = () => floodAnswers++;
  polite.receive = () => politeAnswers++;
  for (let i = 0; i < 5000; i++) {
    world.at(world.now + i, () =>
      network.send(flood, writer.query('find_node', i, id, true, { target: id }), victim.udp.endpoint),
    );
  }
  for (let i = 0; i < 5; i++) {
    world.at(world.now + 1000 * i, () =>
      network.send(polite, writer.query('find_node', i, id, true, { target: id }), victim.udp.endpoint),
    );
  }
  world.run(world.now + 6000);
  assert.ok(floodAnswers <= 510, String(floodAnswers));
  assert.equal(politeAnswers, 5);
  assert.ok(victim.node.responder.refused > 4000);
});

test('NATs of the four kinds map, let in and forget as they should', async () => {
  const world = new World(1);
  const [a, b] = [Endpoint.from('1.1.1.1', 10)!, Endpoint.from('2.2.2.2', 20)!];
  const aOther = Endpoint.from('1.1.1.1', 11)!;
  for (const kind of NAT_KINDS) {
    const nat = new Nat('5.5.5.5', kind, world.prng);
    const seen = nat.translateOut(0, '10.0.0.1', 7, a);
    const isIn = (from: Endpoint, now = 1): boolean => nat.translateIn(now, seen.port, from) !== undefined;
    assert.equal(isIn(a), true, kind);
    assert.equal(isIn(aOther), kind === 'full-cone' || kind === 'restricted', kind);
    assert.equal(isIn(b), kind === 'full-cone', kind);
    assert.equal(isIn(a, 10 * 60_000), false, `${kind} forgets`);
    assert.equal(nat.translateOut(2, '10.0.0.1', 7, b).port === seen.port, kind !== 'symmetric', kind);
  }
});

test('the simulated UDP loses, doubles, delays and drops what is too large', async () => {
  const world = new World(2);
  const network = new UdpNetwork(world, { loss: 0.2, duplication: 0.1, reordering: 0.2, mtu: 1000 });
  const [from, to] = [
    network.add(Endpoint.from('1.1.1.1', 1)!, 10),
    network.add(Endpoint.from('2.2.2.2', 2)!, 10),
  ];
  const got: number[] = [];
  to.receive = (packet) => got.push(packet[0]! * 256 + packet[1]!);
  for (let i = 0; i < 2000; i++)
    world.at(i, () => network.send(from, Uint8Array.of(i >> 8, i & 255), to.endpoint));
  network.send(from, new Uint8Array(1001), to.endpoint);
  world.run(10_000);
  assert.ok(got.length > 1600 && got.length < 1900, String(got.length));
  assert.ok(new Set(got).size < got.length);
  assert.ok(got.some((value, i) => i > 0 && value < got[i - 1]!));
});
