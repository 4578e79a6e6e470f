// The contract of links and transports: one suite for TCP and uTP on loopback, the simulated network, upgrades (encryption is one)
// and sets of transports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addressKey,
  type Address,
  createAddress,
  isInternetAddress,
  type PeerAddress,
} from '../../src/ground/address.ts';
import { systemClock } from '../../src/ground/node/clock.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import { Endpoint } from '../../src/ground/endpoint.ts';
import { createSystemPrng } from '../../src/ground/node/random.ts';
import { createPrng } from '../../src/ground/prng.ts';
import type { Link, LinkReceiver, Transport, Upgrade } from '../../src/ground/ports.ts';
import type { EncryptionPolicy } from '../../src/net/encryption/core/policy.ts';
import { EncryptionEngine } from '../../src/net/encryption/node/engine.ts';
import { TransportSet } from '../../src/net/link/core/transport-set.ts';
import { TcpTransport } from '../../src/net/link/node/tcp.ts';
import { UdpPorts } from '../../src/net/link/node/udp.ts';
import { UtpTransport } from '../../src/net/utp/node/transport.ts';
import { waitFor } from '../../testkit/wait.ts';
import { SimClock } from './clock.ts';
import { Network, SimTransport } from './streams.ts';
import { UdpNetwork } from './udp.ts';
import { mapLinks } from './upgrade.ts';
import { World } from './world.ts';

/** Two processes with a transport each; `settle` lets everything that is under way happen. */
interface LinkPlace {
  readonly near: Transport;
  readonly far: Transport;
  /** Where `far` listens, and where nobody does. */
  readonly address: PeerAddress;
  readonly nobody: PeerAddress;
  settle(isDone: () => boolean): Promise<void>;
  close(): Promise<unknown>;
}

async function realLinks(): Promise<LinkPlace> {
  const [near, far] = await Promise.all([
    TcpTransport.listen({ port: 0, host: '127.0.0.1' }),
    TcpTransport.listen({ port: 0, host: '127.0.0.1' }),
  ]);
  return {
    near,
    far,
    address: createAddress('127.0.0.1', far.port)!,
    nobody: createAddress('127.0.0.1', 1)!,
    settle: (isDone) => waitFor(isDone, 'it is done'),
    close: () => Promise.all([near.close(), far.close()]),
  };
}

async function simulatedLinks(): Promise<LinkPlace> {
  const world = new World(1);
  const network = new Network(world);
  const [a, b, nobody] = [1, 2, 3].map((n) => createAddress(`10.0.0.${n}`, 6881)!) as [
    Address,
    Address,
    Address,
  ];
  for (const address of [a, b]) network.add(address, { up: 1e6, down: 1e6, delayMs: 10 });
  return {
    near: new SimTransport(network, a),
    far: new SimTransport(network, b),
    address: b,
    nobody,
    settle: (isDone) => world.runAsync(world.now + 60_000, isDone),
    close: async () => {},
  };
}

async function realUtpLinks(): Promise<LinkPlace> {
  const ports = await Promise.all([1, 2, 3].map(() => UdpPorts.open(0, '127.0.0.1')));
  const open = (udp: UdpPorts): UtpTransport =>
    new UtpTransport({ datagrams: udp.channel('utp'), clock: systemClock, prng: createSystemPrng() });
  // The third refuses everybody.
  const [near, far, deaf] = ports.map(open) as [UtpTransport, UtpTransport, UtpTransport];
  // Its timers hold no process, which a test that waits for nothing else needs.
  const hold = setInterval(() => {}, 1000);
  return {
    near,
    far,
    address: createAddress('127.0.0.1', ports[1]!.portOf(4)!)!,
    nobody: createAddress('127.0.0.1', ports[2]!.portOf(4)!)!,
    settle: (isDone) => waitFor(isDone, 'it is done'),
    close: async () => {
      clearInterval(hold);
      for (const transport of [near, far, deaf]) transport.close();
      for (const port of ports) port.close();
    },
  };
}

/** Packets are lost, come twice and in another order: no link notices. */
async function simulatedUtpLinks(): Promise<LinkPlace> {
  const world = new World(1);
  const network = new UdpNetwork(world, { loss: 0.05, duplication: 0.05, reordering: 0.05, mtu: 1400 });
  const open = (host: string): UtpTransport =>
    new UtpTransport({
      datagrams: network.add(Endpoint.from(host, 6881)!, 10),
      clock: new SimClock(world),
      prng: createPrng(world.prng.below(1 << 30)),
    });
  return {
    near: open('10.0.0.1'),
    far: open('10.0.0.2'),
    address: createAddress('10.0.0.2', 6881)!,
    nobody: createAddress('10.0.0.3', 6881)!,
    settle: (isDone) => world.runAsync(world.now + 60_000, isDone),
    close: async () => {},
  };
}

/** Every byte goes out as another one: what an upgrade has to keep is seen when nobody notices it. */
const scramble: Upgrade = mapLinks((link) => {
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);
  return { write: (bytes, taken) => link.write(flip(bytes), taken), read: flip };
});

const SKEY = new Uint8Array(20).fill(7);

/** Every link begins with an encrypted handshake. */
const encrypt =
  (policy: EncryptionPolicy): Upgrade =>
  (below) => {
    const engine = new EncryptionEngine({
      clock: systemClock,
      hasher: nodeHasher,
      secretPrng: createPrng(1),
      policy: () => policy,
      takes: () => true,
      skeys: [SKEY],
    });
    return {
      reaches: (address) => below.reaches(address),
      dial: (address, receiver) => engine.dial(below, address, receiver, SKEY),
      setAcceptor: (acceptor) =>
        below.setAcceptor(
          acceptor && ((link, from) => acceptor(engine.accept(link, hear(), addressKey(from)), from)),
        ),
    };
  };

const upgraded =
  (open: () => Promise<LinkPlace>, upgrade: Upgrade = scramble) =>
  async (): Promise<LinkPlace> => {
    const place = await open();
    return { ...place, near: upgrade(place.near), far: upgrade(place.far) };
  };

async function inSet(): Promise<LinkPlace> {
  const place = await simulatedLinks();
  const elsewhere: Transport = {
    reaches: (address) => !isInternetAddress(address),
    dial: () => assert.fail('it does not go there'),
    setAcceptor: () => {},
  };
  return { ...place, near: new TransportSet([elsewhere, place.near]) };
}

function hear(receiver: Partial<LinkReceiver> = {}): LinkReceiver {
  return { onConnected: () => {}, onData: () => {}, onClosed: () => {}, ...receiver };
}

/** Accepts links and gives each a receiver; returns the links that came. */
function accept(
  transport: Transport,
  receiverOf: (link: Link) => Partial<LinkReceiver> = () => ({}),
): Link[] {
  const links: Link[] = [];
  transport.setAcceptor((link) => {
    links.push(link);
    link.setReceiver(hear(receiverOf(link)));
  });
  return links;
}

for (const [name, open] of [
  ['TCP on loopback', realLinks],
  ['TCP with an upgrade', upgraded(realLinks)],
  ['uTP on loopback', realUtpLinks],
  ['uTP over bad simulated packets', simulatedUtpLinks],
  ['the simulated network', simulatedLinks],
  ['the simulated network with an upgrade', upgraded(simulatedLinks)],
  ['TCP with RC4', upgraded(realLinks, encrypt('required'))],
  ['TCP with an encrypted handshake', upgraded(realLinks, encrypt('allowed'))],
  ['the simulated network with RC4', upgraded(simulatedLinks, encrypt('required'))],
  ['the simulated network with an encrypted handshake', upgraded(simulatedLinks, encrypt('allowed'))],
  ['a set of transports', inSet],
] as const) {
  test(`${name}: bytes arrive whole and in order, both ways`, async () => {
    const { near, far, address, settle, close } = await open();
    const sent = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255);
    const echoed: number[] = [];
    accept(far, (link) => ({ onData: (chunk) => link.write(chunk.slice()) }));
    let taken = 0;
    const link = near.dial(
      address,
      hear({
        onConnected: () => queueMicrotask(() => link.write(sent, (isSent) => (taken += isSent ? 1 : 100))),
        onData: (chunk) => void echoed.push(...chunk),
      }),
    );
    await settle(() => echoed.length === sent.length);
    assert.equal(taken, 1);
    assert.equal(link.unsent, 0);
    assert.deepEqual(Uint8Array.from(echoed), sent);
    link.close();
    await close();
  });

  test(`${name}: bytes written before a close arrive, then each side hears the end once`, async () => {
    const { near, far, address, settle, close } = await open();
    const events: string[] = [];
    accept(far, () => ({
      onData: (chunk) => void events.push(`data ${chunk.length}`),
      onClosed: (failure) => void events.push(`closed ${failure === undefined}`),
    }));
    let ends = 0;
    const link = near.dial(
      address,
      hear({
        onConnected: () =>
          queueMicrotask(() => {
            link.write(new Uint8Array(3));
            link.close();
          }),
        onClosed: () => ends++,
      }),
    );
    await settle(() => ends > 0 && events.some((event) => event.startsWith('closed')));
    const data = events.filter((event) => event.startsWith('data'));
    assert.equal(
      data.reduce((sum, event) => sum + Number(event.slice(5)), 0),
      3,
    );
    assert.deepEqual(events.slice(data.length), ['closed true']);
    assert.equal(ends, 1);
    await close();
  });

  test(`${name}: a refused link is told once, with a failure`, async () => {
    const { near, nobody, settle, close } = await open();
    const closed: (Error | undefined)[] = [];
    near.dial(nobody, hear({ onClosed: (failure) => void closed.push(failure) }));
    await settle(() => closed.length > 0);
    assert.equal(closed.length, 1);
    assert.ok(closed[0] instanceof Error);
    await close();
  });

  test(`${name}: writing after the end is dropped, and says that it was lost`, async () => {
    const { near, far, address, settle, close } = await open();
    accept(far);
    let isOpen = false;
    const link = near.dial(address, hear({ onConnected: () => void (isOpen = true) }));
    await settle(() => isOpen);
    link.close();
    const taken: boolean[] = [];
    link.write(new Uint8Array(5), (isSent) => taken.push(isSent));
    assert.equal(taken.length, 0, 'not within the call');
    await settle(() => taken.length > 0);
    assert.deepEqual(taken, [false]);
    await close();
  });

  test(`${name}: another receiver hears from the moment at which it is set`, async () => {
    const { near, far, address, settle, close } = await open();
    const heard: string[] = [];
    let second: number | undefined;
    accept(far, (accepted) => ({
      onData: (chunk) => {
        heard.push(`first ${chunk[0]}`);
        accepted.setReceiver(hear({ onData: (next) => void (second = next[0]) }));
        accepted.write(Uint8Array.of(0));
      },
    }));
    const link = near.dial(
      address,
      hear({
        onConnected: () => queueMicrotask(() => link.write(Uint8Array.of(1))),
        onData: () => link.write(Uint8Array.of(2)),
      }),
    );
    await settle(() => second !== undefined);
    assert.deepEqual([heard, second], [['first 1'], 2]);
    link.close();
    await close();
  });

  test(`${name}: a paused link delivers nothing, and all of it once it is resumed`, async () => {
    const { near, far, address, settle, close } = await open();
    let [came, answered, ended] = [0, 0, false];
    const links = accept(far, (accepted) => ({
      onData: (chunk) => {
        came += chunk.length;
        if (came !== 1) return;
        accepted.pause();
        accepted.write(Uint8Array.of(9));
      },
      onClosed: () => void (ended = true),
    }));
    const link = near.dial(
      address,
      hear({
        onConnected: () => queueMicrotask(() => link.write(Uint8Array.of(1))),
        onData: () => {
          link.write(new Uint8Array(1000), () => answered++);
          link.close();
        },
      }),
    );
    await settle(() => answered === 1);
    const other = near.dial(address, hear());
    await settle(() => links.length === 2);
    assert.equal(came, 1, 'nothing has come since');
    links[0]!.resume();
    await settle(() => ended);
    assert.equal(came, 1001);
    other.close();
    await close();
  });

  test(`${name}: a link that is destroyed hears the end once, and so does the other side`, async () => {
    const { near, far, address, settle, close } = await open();
    const ends: string[] = [];
    accept(far, (accepted) => ({
      onData: () => accepted.destroy(),
      onClosed: () => void ends.push('far'),
    }));
    const link = near.dial(
      address,
      hear({
        onConnected: () => queueMicrotask(() => link.write(Uint8Array.of(1))),
        onClosed: () => void ends.push('near'),
      }),
    );
    await settle(() => ends.length === 2);
    assert.deepEqual(ends.sort(), ['far', 'near']);
    await close();
  });

  test(`${name}: without an acceptor no link lasts`, async () => {
    const { near, far, address, settle, close } = await open();
    accept(far);
    far.setAcceptor(undefined);
    let ends = 0;
    near.dial(address, hear({ onClosed: () => ends++ }));
    await settle(() => ends === 1);
    await close();
  });
}
