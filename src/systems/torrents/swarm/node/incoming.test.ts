// Incoming connections before it is known which share they are for: bounded in number, bytes and time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../../ground/address.ts';
import type { Clock, Link, LinkReceiver } from '../../../../ground/ports.ts';
import { encodeHandshake, type Handshake } from '../wire/handshake.ts';
import { IncomingLinks } from './incoming.ts';

class FakeLink implements Link {
  readonly unsent = 0;
  isDestroyed = false;
  receiver: LinkReceiver | undefined;
  setReceiver(receiver: LinkReceiver): void {
    this.receiver = receiver;
  }
  write(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.receiver?.onClosed(undefined);
  }
}

/** Time passes when the test says so. */
class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): { cancel(): void } {
    const timer = { at: this.#now + ms, action };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) if (timer.at <= this.#now && this.#timers.delete(timer)) timer.action();
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

function accept(incoming: IncomingLinks, host: string): FakeLink {
  const link = new FakeLink();
  incoming.accept(link, addressOf(host));
  return link;
}

test('a handshake in pieces reaches the share it names, with the bytes behind it', () => {
  const routed: { infoHash: Uint8Array; rest: Uint8Array }[] = [];
  const next: LinkReceiver = { onConnected: () => {}, onData: () => {}, onClosed: () => {} };
  const incoming = new IncomingLinks(
    new FakeClock(),
    ({ link: routedLink, handshake: { infoHash }, rest }) => {
      routed.push({ infoHash: Uint8Array.from(infoHash), rest: Uint8Array.from(rest) });
      routedLink.setReceiver(next);
      return true;
    },
  );
  const link = accept(incoming, '203.0.113.5');
  const bytes = Buffer.concat([encodeHandshake(handshake), Uint8Array.of(1, 2)]);
  for (const chunk of [bytes.subarray(0, 1), bytes.subarray(1, 40), bytes.subarray(40)])
    link.receiver!.onData(chunk);
  assert.deepEqual(routed, [{ infoHash: handshake.infoHash, rest: Uint8Array.of(1, 2) }]);
  assert.equal(link.isDestroyed, false);
  assert.equal(link.receiver, next, 'the share hears it from here on');
  assert.equal(incoming.wasReached, true);
});

test('a hash that no share has, another protocol and silence end the connection', () => {
  const clock = new FakeClock();
  const incoming = new IncomingLinks(clock, () => false);
  const stranger = accept(incoming, '203.0.113.5');
  stranger.receiver!.onData(encodeHandshake(handshake));
  const web = accept(incoming, '203.0.113.5');
  web.receiver!.onData(Buffer.from('GET / HTTP/1.1\r\n'));
  const silent = accept(incoming, '203.0.113.5');
  assert.deepEqual([stranger.isDestroyed, web.isDestroyed, silent.isDestroyed], [true, true, false]);
  clock.pass(10_000);
  assert.equal(silent.isDestroyed, true);
});

test('connections that say nothing are few: of one host, and of all', () => {
  const incoming = new IncomingLinks(new FakeClock(), () => true);
  const links = Array.from({ length: 11 }, () => accept(incoming, '203.0.113.5'));
  assert.deepEqual(
    links.map(({ isDestroyed }) => isDestroyed),
    [...Array<boolean>(10).fill(false), true],
  );
  links[0]!.destroy();
  assert.equal(accept(incoming, '203.0.113.5').isDestroyed, false, 'its place is free again');
  for (let host = 0; host < 190; host++) accept(incoming, `198.51.100.${host}`);
  assert.equal(accept(incoming, '192.0.2.1').isDestroyed, true);
  incoming.close();
  assert.ok(links.every(({ isDestroyed }) => isDestroyed));
});
