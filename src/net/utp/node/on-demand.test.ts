// uTP is loaded when somebody wants it, and what came before it was is not lost.
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { createAddress } from '../../../ground/address.ts';
import { Endpoint } from '../../../ground/endpoint.ts';
import type { Link, LinkReceiver } from '../../../ground/ports.ts';
import { createPrng } from '../../../ground/prng.ts';
import { waitFor } from '../../../../testkit/wait.ts';
import { SimClock } from '../../../../sim/world/clock.ts';
import { UdpNetwork } from '../../../../sim/world/udp.ts';
import { World } from '../../../../sim/world/world.ts';
import { UtpOnDemand } from './on-demand.ts';

const DEAF: LinkReceiver = { onConnected: () => {}, onData: () => {}, onClosed: () => {} };

function lab() {
  const world = new World(1);
  const network = new UdpNetwork(world);
  const open = (host: string): UtpOnDemand =>
    new UtpOnDemand({
      datagrams: network.add(Endpoint.from(host, 6881)!, 10),
      clock: new SimClock(world),
      prng: createPrng(1),
    });
  return { world, network, near: open('81.0.0.1'), far: open('82.0.0.1') };
}

const FAR = createAddress('82.0.0.1', 6881)!;

// First of all, since what was loaded once is there.
test('where it cannot be loaded, the program goes on without it', async () => {
  const { world, near, far } = lab();
  let asked = 0;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier !== './transport.ts') return next(specifier, context);
      asked++;
      throw new Error('its file is gone');
    },
  });
  try {
    assert.equal(near.reaches(FAR), true);
    near.prepare(() => assert.fail('it is not there'));
    far.setAcceptor(() => {});
    await waitFor(() => !near.reaches(FAR), 'it fails');
    near.prepare(() => assert.fail('it is not there'));
    await world.runAsync(60_000, () => false);
    assert.deepEqual([asked, near.isLoaded], [1, false]);
  } finally {
    hooks.deregister();
  }
});

test('nothing is loaded by opening it, nor by setting an acceptor', async () => {
  const { world, near, far } = lab();
  far.setAcceptor(() => {});
  await world.runAsync(60_000, () => false);
  assert.deepEqual([near.isLoaded, far.isLoaded], [false, false]);
});

test('a dial loads it, and so does the first packet: both sides are connected by the SYN that came then', async () => {
  const { world, near, far } = lab();
  const accepted: Link[] = [];
  far.setAcceptor((link) => {
    accepted.push(link);
    link.setReceiver(DEAF);
  });
  await new Promise<void>((resolve) => near.prepare(resolve));
  assert.ok(near.isLoaded);
  near.dial(FAR, DEAF);
  world.run(world.now + 30);
  const sent = world.now;
  assert.equal(accepted.length, 0);
  await new Promise<void>((resolve) => far.prepare(resolve));
  world.run(sent + 500);
  assert.equal(accepted[0]?.transport, 'utp');
});

test('packets are dropped without an acceptor, and nothing is loaded for them', async () => {
  const { world, near, far } = lab();
  await new Promise<void>((resolve) => near.prepare(resolve));
  near.dial(FAR, DEAF);
  await world.runAsync(60_000, () => false);
  assert.equal(far.isLoaded, false);
});

test('what is closed before it is loaded stays closed', async () => {
  const { world, near, far } = lab();
  far.setAcceptor(() => assert.fail('it is closed'));
  far.prepare(() => assert.fail('it is closed'));
  far.close();
  await new Promise<void>((resolve) => near.prepare(resolve));
  near.dial(FAR, DEAF);
  await world.runAsync(60_000, () => false);
  assert.equal(far.isLoaded, false);
});
