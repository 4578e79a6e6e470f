// Peer exchange: what is told, what is taken, and how often.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId } from '../../../../ground/units.ts';
import { decodePex, encodePex, MAX_PEX_ENTRIES, PEX_SEED } from '../wire/pex.ts';
import type { SwarmContext } from './context.ts';
import { Peer } from './peer.ts';
import { PeerExchange } from './pex.ts';

function lab() {
  const peers = new Map<ConnectionId, Peer>();
  const told: { to: number; message: ReturnType<typeof decodePex> }[] = [];
  const closed: string[] = [];
  const heard: string[] = [];
  const context = {
    peers,
    now: 0,
    to: (peer: Peer) => ({
      extended: (_: number, bytes: Uint8Array) => told.push({ to: peer.id, message: decodePex(bytes) }),
    }),
    close: (_: Peer, blame: { code: string }) => closed.push(blame.code),
  };
  const pex = new PeerExchange(context as unknown as SwarmContext, (address, isSeed, prefersEncryption) =>
    heard.push(
      `${address.host}:${address.port}${isSeed ? ' seed' : ''}${prefersEncryption ? ' encrypted' : ''}`,
    ),
  );
  const join = (id: number, takesPex = true, isEncrypted = false): Peer => {
    const peer = new Peer(id, { host: `9.9.${id >> 8}.${id & 255}`, port: 1 }, true, 0, isEncrypted);
    peer.phase = 'open';
    if (takesPex) peer.extensions = { pexId: 5 };
    peers.set(id, peer);
    pex.handleExtensions(peer);
    return peer;
  };
  return { pex, peers, told, closed, heard, context, join };
}

test('each hears of the others, then only of what changed, once a minute', () => {
  const { pex, peers, told, join, context } = lab();
  join(1);
  const second = join(2);
  join(3, false);
  second.isUploadOnly = true;
  const tick = (now: number): void => {
    context.now = now;
    told.length = 0;
    pex.handleTick(now);
  };
  tick(1000);
  assert.deepEqual(
    told.map(({ to }) => to),
    [1, 2],
  );
  const first = told[0]!.message;
  assert.ok(first.ok);
  assert.deepEqual(
    first.value.added.map(({ address, flags }) => [address.host, flags & PEX_SEED]),
    [
      ['9.9.0.2', 2],
      ['9.9.0.3', 0],
    ],
  );
  tick(30_000);
  assert.equal(told.length, 0);
  peers.delete(3);
  tick(61_000);
  const later = told[0]!.message;
  assert.ok(later.ok);
  assert.deepEqual([later.value.added.length, later.value.dropped.map(({ host }) => host)], [0, ['9.9.0.3']]);
});

test('who was met encrypted is told so, and heard so', () => {
  const { pex, told, heard, join } = lab();
  const first = join(1);
  join(2, false, true);
  join(3, false);
  pex.handleTick(1000);
  const { message } = told[0]!;
  assert.ok(message.ok);
  pex.handleMessage(first, encodePex(message.value));
  assert.deepEqual(heard, ['9.9.0.2:1 encrypted', '9.9.0.3:1']);
});

test('a message holds 50 at most; the rest follows', () => {
  const { pex, told, join } = lab();
  for (let id = 1; id <= 120; id++) join(id, id === 1);
  pex.handleTick(1000);
  pex.handleTick(61_000);
  pex.handleTick(121_000);
  assert.deepEqual(
    told.map(({ message }) => (message.ok ? message.value.added.length : -1)),
    [MAX_PEX_ENTRIES, MAX_PEX_ENTRIES, 19],
  );
});

test('what comes is taken, within bounds; garbage ends the connection; nothing of it for private shares', () => {
  const { pex, heard, closed, context, join } = lab();
  const peer = join(1);
  const message = encodePex({
    added: Array.from({ length: 150 }, (_, i) => ({
      address: { host: `7.7.7.${i}`, port: 1 + i },
      flags: i === 0 ? PEX_SEED : 0,
    })),
    dropped: [],
  });
  pex.handleMessage(peer, message);
  assert.equal(heard.length, 2 * MAX_PEX_ENTRIES);
  assert.equal(heard[0], '7.7.7.0:1 seed');
  // Faster than allowed: read for a while, for clients whose minutes are short, then no more.
  for (let i = 0; i < 10; i++) {
    context.now += 1000;
    pex.handleMessage(peer, message);
  }
  assert.ok(heard.length <= 5 * 2 * MAX_PEX_ENTRIES);
  context.now += 60_000;
  pex.handleMessage(peer, new TextEncoder().encode('nonsense'));
  assert.equal(closed.length, 1);
  pex.isEnabled = false;
  const before = heard.length;
  pex.handleMessage(peer, message);
  pex.handleTick(1e9);
  assert.equal(heard.length, before);
});
