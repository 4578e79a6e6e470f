// Our own TCP is held to its share while peers over uTP wait as well, and to nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Carrier } from '../../../../ground/ports.ts';
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import { MixedMode } from './mixed-mode.ts';

const CAPACITY = 1_000_000;

/** A line that TCP fills as far as it may, and uTP as far as TCP leaves it room, if it can use it. Bytes of one second each. */
function run(mixed: MixedMode, from: number, seconds: number, peers: Record<Carrier, number>, utpCanUse = 1) {
  const sent = { tcp: 0, utp: 0 };
  const takers = {
    tcp: Array.from({ length: peers.tcp }, () => ({})),
    utp: Array.from({ length: peers.utp }, () => ({})),
  };
  for (let now = from; now < from + seconds * 1000; now += 10) {
    let room = CAPACITY / 100;
    for (const carrier of ['tcp', 'utp'] as const) {
      let most = carrier === 'tcp' ? room : room * utpCanUse;
      for (const taker of takers[carrier]) {
        mixed.handleAsking(now, taker, carrier);
        while (most > 0 && mixed.mayServe(now, carrier)) {
          mixed.handleServed(now, carrier, BLOCK_LENGTH / 16);
          sent[carrier] += BLOCK_LENGTH / 16;
          room -= BLOCK_LENGTH / 16;
          most -= BLOCK_LENGTH / 16;
        }
      }
    }
  }
  return { tcp: sent.tcp / seconds / CAPACITY, utp: sent.utp / seconds / CAPACITY };
}

test('without peers over uTP nothing is held back', () => {
  const mixed = new MixedMode();
  assert.ok(run(mixed, 0, 60, { tcp: 3, utp: 0 }).tcp > 0.99);
  assert.equal(mixed.tcpRate, Number.POSITIVE_INFINITY);
});

test('with peers of both kinds each kind has its share, by number of peers', () => {
  for (const [tcp, utp, least] of [
    [1, 1, 0.4],
    [1, 3, 0.6],
    [3, 1, 0.18],
  ] as const) {
    const shares = run(new MixedMode(), 0, 120, { tcp, utp });
    assert.ok(shares.utp > least, `${tcp} to ${utp}: ${shares.utp}`);
    assert.ok(shares.tcp > 0.9 * (1 - utp / (tcp + utp)), `${tcp} to ${utp}: ${shares.tcp}`);
  }
});

test('what uTP cannot use is left to TCP, however many peers wait over uTP', () => {
  const mixed = new MixedMode();
  run(mixed, 0, 120, { tcp: 1, utp: 9 }, 0.01);
  assert.ok(run(mixed, 120_000, 300, { tcp: 1, utp: 9 }, 0.01).tcp > 0.6);
});

test('when the peers over uTP have gone TCP has everything again', () => {
  const mixed = new MixedMode();
  run(mixed, 0, 20, { tcp: 1, utp: 1 });
  assert.ok(mixed.tcpRate < CAPACITY);
  assert.ok(run(mixed, 20_000, 10, { tcp: 1, utp: 0 }).tcp > 0.85);
  assert.equal(mixed.tcpRate, Number.POSITIVE_INFINITY);
});
