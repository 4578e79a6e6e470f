// One suite a port, run against the real implementation, on loopback, and against the simulated one: or the simulator lies.
// Here clocks and packets; `contract-links.test.ts` has links, `contract-fetch.test.ts` fetches, `contract-disk.test.ts` files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Endpoint } from '../../src/ground/endpoint.ts';
import { systemClock } from '../../src/ground/node/clock.ts';
import type { Clock, Datagrams } from '../../src/ground/ports.ts';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { waitFor } from '../../testkit/wait.ts';
import { SimClock } from './clock.ts';
import { UdpNetwork } from './udp.ts';
import { World } from './world.ts';

/** Two hosts that send each other packets. */
interface PacketPlace {
  readonly near: Datagrams;
  readonly far: Datagrams;
  readonly nearEndpoint: Endpoint;
  readonly farEndpoint: Endpoint;
  settle(isDone: () => boolean): Promise<void>;
  close(): void;
}

async function realPackets(): Promise<PacketPlace> {
  const [a, b] = await Promise.all([UdpPorts.open(0, '127.0.0.1'), UdpPorts.open(0, '127.0.0.1')]);
  return {
    near: a.channel('dht'),
    far: b.channel('dht'),
    nearEndpoint: Endpoint.from('127.0.0.1', a.portOf(4)!)!,
    farEndpoint: Endpoint.from('127.0.0.1', b.portOf(4)!)!,
    settle: (isDone) => waitFor(isDone, 'it is done'),
    close: () => {
      a.close();
      b.close();
    },
  };
}

async function simulatedPackets(): Promise<PacketPlace> {
  const world = new World(1);
  const network = new UdpNetwork(world);
  const [a, b] = [network.add(Endpoint.from('1.1.1.1', 1)!, 5), network.add(Endpoint.from('2.2.2.2', 2)!, 5)];
  return {
    near: a,
    far: b,
    nearEndpoint: a.endpoint,
    farEndpoint: b.endpoint,
    settle: async () => world.run(world.now + 1000),
    close: () => {},
  };
}

for (const [name, open] of [
  ['UDP on loopback', realPackets],
  ['the simulated UDP', simulatedPackets],
] as const) {
  test(`${name}: packets keep their bounds and name their sender; the buffer may be reused at once`, async () => {
    const { near, far, nearEndpoint, farEndpoint, settle, close } = await open();
    const got: string[] = [];
    far.setReceiver((packet, from) => {
      got.push(`${packet.length} ${packet[1]} ${from.isSame(nearEndpoint)}`);
      far.send(Uint8Array.of(0x64, 99), from);
    });
    let answers = 0;
    near.setReceiver((packet, from) => {
      if (packet[1] === 99 && from.isSame(farEndpoint)) answers++;
    });
    const buffer = new Uint8Array(1200);
    for (let i = 0; i < 3; i++) {
      buffer.fill(i);
      buffer[0] = 0x64;
      near.send(buffer.subarray(0, 10 + 500 * i), farEndpoint);
    }
    await settle(() => answers === 3);
    assert.deepEqual(got.sort(), ['10 0 true', '1010 2 true', '510 1 true']);
    assert.equal(answers, 3);
    close();
  });

  test(`${name}: a packet to an address without a host is lost without an error`, async () => {
    const { near, far, farEndpoint, settle, close } = await open();
    near.send(Uint8Array.of(0x64), Endpoint.from('127.0.0.1', 9)!);
    let got = 0;
    far.setReceiver(() => got++);
    near.send(Uint8Array.of(0x64), farEndpoint);
    await settle(() => got === 1);
    assert.equal(got, 1);
    close();
  });

  test(`${name}: it tells its families and their ports; without a receiver packets are dropped`, async () => {
    const { near, far, nearEndpoint, farEndpoint, settle, close } = await open();
    assert.deepEqual([far.families, far.portOf(4), far.portOf(6)], [[4], farEndpoint.port, undefined]);
    let [dropped, got] = [0, 0];
    far.setReceiver(() => dropped++);
    far.setReceiver(undefined);
    near.send(Uint8Array.of(0x64, 1), farEndpoint);
    near.setReceiver(() => got++);
    far.send(Uint8Array.of(0x64, 2), nearEndpoint);
    await settle(() => got === 1);
    assert.deepEqual([dropped, got], [0, 1]);
    close();
  });
}

/** A clock, and what lets its time pass until something has happened. */
interface TimePlace {
  readonly clock: Clock;
  settle(isDone: () => boolean): Promise<void>;
}

const realTime = (): TimePlace => ({
  clock: systemClock,
  settle: (isDone) => waitFor(isDone, 'it is done'),
});

function simulatedTime(rate: number): TimePlace {
  const world = new World(1);
  world.run(5000);
  return {
    clock: new SimClock(world, { rate, offsetMs: 1234 }),
    settle: (isDone) => world.runAsync(world.now + 60_000, isDone),
  };
}

for (const [name, open] of [
  ["the system's clock", realTime],
  ['the simulated clock', () => simulatedTime(1)],
  ['a simulated clock that is fast', () => simulatedTime(1.1)],
] as const) {
  test(`${name}: a timer goes off once, not before its time and not within the call that sets it`, async () => {
    const { clock, settle } = open();
    const [before, wentOff] = [clock.now(), [] as number[]];
    clock.after(30, () => wentOff.push(clock.now()));
    assert.equal(wentOff.length, 0);
    let last = false;
    clock.after(60, () => (last = true));
    await settle(() => last);
    assert.equal(wentOff.length, 1);
    // The timers of Node.js count whole milliseconds.
    assert.ok(wentOff[0]! - before >= 29, `${wentOff[0]! - before} ms`);
  });

  test(`${name}: 0 ms are soon, and still not within the call; a cancelled timer does nothing`, async () => {
    const { clock, settle } = open();
    const events: string[] = [];
    const cancelled = clock.after(0, () => events.push('cancelled'));
    const early = clock.after(0, () => events.push('early'));
    cancelled.cancel();
    assert.equal(events.length, 0);
    clock.after(20, () => events.push('late'));
    await settle(() => events.includes('late'));
    assert.deepEqual(events, ['early', 'late']);
    early.cancel();
  });
}

test('the simulated clock of a dead process stands: its timers do not go off', () => {
  const world = new World(1);
  const clock = new SimClock(world);
  let count = 0;
  clock.after(10, () => count++);
  clock.after(30, () => count++);
  world.run(20);
  clock.stop();
  world.run(100);
  assert.equal(count, 1);
});
