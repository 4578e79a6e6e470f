// Incoming connections before it is known which share they are for: bounded in number, bytes and time.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { mock, test } from 'node:test';
import { createAddress } from '../../../ground/address.ts';
import { encodeHandshake, type Handshake } from '../swarm/wire/handshake.ts';
import { IncomingLinks } from './incoming.ts';

class FakeSocket extends EventEmitter {
  isDestroyed = false;
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit('close');
  }
}

const addressOf = (host: string): NonNullable<ReturnType<typeof createAddress>> => createAddress(host, 5000)!;
const handshake: Handshake = {
  infoHash: new Uint8Array(20).fill(7),
  peerId: new Uint8Array(20).fill(9),
  supportsExtensions: true,
  supportsFast: true,
  supportsV2: false,
};

function accept(incoming: IncomingLinks, host: string): FakeSocket {
  const socket = new FakeSocket();
  incoming.accept(socket as unknown as Socket, addressOf(host));
  return socket;
}

test('a handshake in pieces reaches the share it names, with the bytes behind it', () => {
  const routed: { infoHash: Uint8Array; rest: Uint8Array }[] = [];
  const incoming = new IncomingLinks((_, __, { infoHash }, rest) => {
    routed.push({ infoHash: Uint8Array.from(infoHash), rest: Uint8Array.from(rest) });
    return true;
  });
  const socket = accept(incoming, '203.0.113.5');
  const bytes = Buffer.concat([encodeHandshake(handshake), Uint8Array.of(1, 2)]);
  for (const chunk of [bytes.subarray(0, 1), bytes.subarray(1, 40), bytes.subarray(40)])
    socket.emit('data', chunk);
  assert.deepEqual(routed, [{ infoHash: handshake.infoHash, rest: Uint8Array.of(1, 2) }]);
  assert.equal(socket.isDestroyed, false);
  assert.equal(socket.listenerCount('data'), 0, 'the link reads from here on');
  assert.equal(incoming.wasReached, true);
});

test('a hash that no share has, another protocol and silence end the connection', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const incoming = new IncomingLinks(() => false);
    const stranger = accept(incoming, '203.0.113.5');
    stranger.emit('data', Buffer.from(encodeHandshake(handshake)));
    const web = accept(incoming, '203.0.113.5');
    web.emit('data', Buffer.from('GET / HTTP/1.1\r\n'));
    const silent = accept(incoming, '203.0.113.5');
    assert.deepEqual([stranger.isDestroyed, web.isDestroyed, silent.isDestroyed], [true, true, false]);
    mock.timers.tick(10_000);
    assert.equal(silent.isDestroyed, true);
  } finally {
    mock.timers.reset();
  }
});

test('connections that say nothing are few: of one host, and of all', () => {
  const incoming = new IncomingLinks(() => true);
  const sockets = Array.from({ length: 11 }, () => accept(incoming, '203.0.113.5'));
  assert.deepEqual(
    sockets.map(({ isDestroyed }) => isDestroyed),
    [...Array<boolean>(10).fill(false), true],
  );
  sockets[0]!.destroy();
  assert.equal(accept(incoming, '203.0.113.5').isDestroyed, false, 'its place is free again');
  for (let host = 0; host < 190; host++) accept(incoming, `198.51.100.${host}`);
  assert.equal(accept(incoming, '192.0.2.1').isDestroyed, true);
  incoming.close();
  assert.ok(sockets.every(({ isDestroyed }) => isDestroyed));
});
