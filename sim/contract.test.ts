// One suite for byte streams and one for packets, run against real sockets on loopback and against the simulated network:
// or the simulator lies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../src/ground/address.ts';
import { listenTcp, TcpLink } from '../src/net/link/node/tcp.ts';
import { Endpoint } from '../src/ground/endpoint.ts';
import { UdpPorts } from '../src/net/link/node/udp.ts';
import { Network, type StreamReceiver } from './streams.ts';
import { UdpNetwork } from './udp.ts';
import { waitFor } from '../testkit/wait.ts';
import { World } from './world.ts';

interface Stream {
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void;
  close(): void;
}

/** A place where streams can be dialled; `settle` lets everything that is under way happen. */
interface Place {
  accept: (stream: Stream) => StreamReceiver;
  dial(receiver: StreamReceiver): Stream;
  dialNobody(receiver: StreamReceiver): Stream;
  settle(isDone: () => boolean): Promise<void>;
  close(): Promise<void>;
}

async function realPlace(): Promise<Place> {
  const place: Partial<Place> = {};
  const listener = await listenTcp(0, '127.0.0.1', (socket) => {
    let receiver: StreamReceiver | undefined;
    const link = TcpLink.accept(socket, {
      onConnected: () => {},
      onData: (chunk) => receiver?.onData(chunk),
      onClosed: (failure) => receiver?.onClosed(failure),
    });
    receiver = place.accept!(link);
  });
  return Object.assign(place, {
    accept: () => silent(),
    dial: (receiver: StreamReceiver) => TcpLink.dial(createAddress('127.0.0.1', listener.port)!, receiver),
    dialNobody: (receiver: StreamReceiver) => TcpLink.dial({ host: '127.0.0.1', port: 1 }, receiver),
    settle: (isDone: () => boolean) => waitFor(isDone, 'it is done'),
    close: () => listener.close(),
  });
}

async function simulatedPlace(): Promise<Place> {
  const world = new World(1);
  const network = new Network(world);
  const options = { up: 1e6, down: 1e6, delayMs: 10 };
  network.add('a', options);
  const host = network.add('b', options);
  const place: Place = {
    accept: () => silent(),
    dial: (receiver) => network.dial('a', 'b', receiver),
    dialNobody: (receiver) => network.dial('a', 'nobody', receiver),
    settle: async (isDone) => {
      // Microtasks of the test run between the steps of the world, as they do between events of the real loop.
      for (let i = 0; i < 2000 && !isDone(); i++) {
        world.run(world.now + 5);
        await Promise.resolve();
      }
    },
    close: async () => {},
  };
  host.accept = (stream) => place.accept(stream);
  return place;
}

function silent(): StreamReceiver {
  return { onConnected: () => {}, onData: () => {}, onClosed: () => {} };
}

for (const [name, open] of [
  ['TCP on loopback', realPlace],
  ['the simulated network', simulatedPlace],
] as const) {
  test(`${name}: bytes arrive whole and in order, both ways`, async () => {
    const place = await open();
    const sent = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255);
    const echoed: number[] = [];
    place.accept = (stream) => ({ ...silent(), onData: (chunk) => stream.write(chunk.slice()) });
    let taken = 0;
    const stream: Stream = place.dial({
      ...silent(),
      onConnected: () => queueMicrotask(() => stream.write(sent, () => taken++)),
      onData: (chunk) => void echoed.push(...chunk),
    });
    await place.settle(() => echoed.length === sent.length);
    assert.equal(taken, 1);
    assert.deepEqual(Uint8Array.from(echoed), sent);
    stream.close();
    await place.close();
  });

  test(`${name}: what was written before a close arrives, then the other side hears the end once`, async () => {
    const place = await open();
    const events: string[] = [];
    place.accept = () => ({
      ...silent(),
      onData: (chunk) => void events.push(`data ${chunk.length}`),
      onClosed: () => void events.push('closed'),
    });
    const stream: Stream = place.dial({
      ...silent(),
      onConnected: () =>
        queueMicrotask(() => {
          stream.write(new Uint8Array(3));
          stream.close();
        }),
    });
    await place.settle(() => events.includes('closed'));
    const bytes = events
      .filter((event) => event !== 'closed')
      .reduce((sum, event) => sum + Number(event.slice(5)), 0);
    assert.equal(bytes, 3);
    assert.equal(events.filter((event) => event === 'closed').length, 1);
    await place.close();
  });

  test(`${name}: a refused connection is told once, with a failure`, async () => {
    const place = await open();
    const closed: (Error | undefined)[] = [];
    place.dialNobody({ ...silent(), onClosed: (failure) => void closed.push(failure) });
    await place.settle(() => closed.length > 0);
    assert.equal(closed.length, 1);
    assert.ok(closed[0] instanceof Error);
    await place.close();
  });

  test(`${name}: writing after the end is dropped, and says that it was lost`, async () => {
    const place = await open();
    let isOpen = false;
    const stream: Stream = place.dial({ ...silent(), onConnected: () => void (isOpen = true) });
    await place.settle(() => isOpen);
    stream.close();
    const taken: boolean[] = [];
    stream.write(new Uint8Array(5), (isSent) => taken.push(isSent));
    await place.settle(() => taken.length > 0);
    assert.deepEqual(taken, [false]);
    await place.close();
  });
}

/** Two hosts that send each other packets. */
interface PacketPlace {
  readonly near: Endpoint;
  readonly far: Endpoint;
  onFar: (packet: Uint8Array, from: Endpoint) => void;
  onNear: (packet: Uint8Array, from: Endpoint) => void;
  sendFromNear(packet: Uint8Array, to: Endpoint): void;
  sendFromFar(packet: Uint8Array, to: Endpoint): void;
  settle(isDone: () => boolean): Promise<void>;
  close(): void;
}

async function realPackets(): Promise<PacketPlace> {
  const [a, b] = await Promise.all([UdpPorts.open(0, '127.0.0.1'), UdpPorts.open(0, '127.0.0.1')]);
  const place: PacketPlace = {
    near: Endpoint.from('127.0.0.1', a.portOf(4)!)!,
    far: Endpoint.from('127.0.0.1', b.portOf(4)!)!,
    onFar: () => {},
    onNear: () => {},
    sendFromNear: (packet, to) => a.send(packet, to),
    sendFromFar: (packet, to) => b.send(packet, to),
    settle: (isDone) => waitFor(isDone, 'it is done'),
    close: () => {
      a.close();
      b.close();
    },
  };
  a.setReceiver('dht', (packet, from) => place.onNear(packet, from));
  b.setReceiver('dht', (packet, from) => place.onFar(packet, from));
  return place;
}

async function simulatedPackets(): Promise<PacketPlace> {
  const world = new World(1);
  const network = new UdpNetwork(world);
  const [a, b] = [network.add(Endpoint.from('1.1.1.1', 1)!, 5), network.add(Endpoint.from('2.2.2.2', 2)!, 5)];
  const place: PacketPlace = {
    near: a.endpoint,
    far: b.endpoint,
    onFar: () => {},
    onNear: () => {},
    sendFromNear: (packet, to) => network.send(a, packet, to),
    sendFromFar: (packet, to) => network.send(b, packet, to),
    settle: async () => world.run(world.now + 1000),
    close: () => {},
  };
  a.receive = (packet, from) => place.onNear(packet, from);
  b.receive = (packet, from) => place.onFar(packet, from);
  return place;
}

for (const [name, open] of [
  ['UDP on loopback', realPackets],
  ['the simulated UDP', simulatedPackets],
] as const) {
  test(`${name}: packets keep their bounds and name their sender; the buffer may be reused at once`, async () => {
    const place = await open();
    const got: string[] = [];
    place.onFar = (packet, from) => {
      got.push(`${packet.length} ${packet[1]} ${from.isSame(place.near)}`);
      place.sendFromFar(Uint8Array.of(0x64, 99), from);
    };
    let answers = 0;
    place.onNear = (packet, from) => {
      if (packet[1] === 99 && from.isSame(place.far)) answers++;
    };
    const buffer = new Uint8Array(1200);
    for (let i = 0; i < 3; i++) {
      buffer.fill(i);
      buffer[0] = 0x64;
      place.sendFromNear(buffer.subarray(0, 10 + 500 * i), place.far);
    }
    await place.settle(() => answers === 3);
    assert.deepEqual(got.sort(), ['10 0 true', '1010 2 true', '510 1 true']);
    assert.equal(answers, 3);
    place.close();
  });

  test(`${name}: what is sent to nobody is lost without a word`, async () => {
    const place = await open();
    place.sendFromNear(Uint8Array.of(0x64), Endpoint.from('127.0.0.1', 9)!);
    let got = 0;
    place.onFar = () => got++;
    place.sendFromNear(Uint8Array.of(0x64), place.far);
    await place.settle(() => got === 1);
    assert.equal(got, 1);
    place.close();
  });
}
