// Local discovery: what is announced and when, what is heard, and what the rules keep from both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { decodeLsd, encodeLsd } from '../wire/message.ts';
import { LocalDiscovery } from './discovery.ts';

const [OURS, OTHER, STRANGE] = ['11'.repeat(20), '22'.repeat(20), '33'.repeat(20)];
const NEIGHBOUR = '192.0.2.7';
const bytes = (hash: string): Uint8Array => fromHex(hash)!;

const packetOf = (...hashes: readonly string[]): Uint8Array =>
  encodeLsd({ infoHashes: hashes.map(bytes), port: 7000, cookie: 'theirs' }, 4);

/** What is heard of a packet: the neighbour, and the shares that it has. */
function hear(discovery: LocalDiscovery, packet: Uint8Array, now = 0, host = NEIGHBOUR): string | undefined {
  const heard = discovery.handlePacket(now, packet, host);
  if (heard === undefined) return undefined;
  return `${heard.address.host}:${heard.address.port} ${heard.infoHashes.map((hash) => toHex(hash).slice(0, 2)).join()}`;
}

/** Info hashes of the packet that is sent now. */
const sent = (discovery: LocalDiscovery, now: number): string[] =>
  (discovery.poll(now)?.infoHashes ?? []).map(toHex);

test('a share is announced at once and every five minutes, with a second between packets', () => {
  const discovery = new LocalDiscovery(6881, 'ours');
  assert.equal(discovery.nextTimeout(), undefined);
  discovery.add(0, bytes(OURS));
  assert.deepEqual(sent(discovery, 0), [OURS]);
  discovery.add(10, bytes(OTHER));
  assert.deepEqual([sent(discovery, 999), discovery.nextTimeout()], [[], 1000]);
  assert.deepEqual(sent(discovery, 1000), [OTHER]);
  assert.equal(discovery.nextTimeout(), 300_000);
  discovery.delete(bytes(OURS));
  assert.deepEqual([sent(discovery, 300_000), discovery.nextTimeout()], [[], 301_000]);
  discovery.handleNewInterface(400);
  assert.deepEqual(sent(discovery, 2000), [OTHER]);
});

test('a neighbour is heard for the shares that we have too, and we do not hear ourselves', () => {
  const discovery = new LocalDiscovery(6881, 'ours');
  discovery.add(0, bytes(OURS));
  assert.equal(hear(discovery, packetOf(STRANGE, OURS)), '192.0.2.7:7000 11');
  assert.equal(hear(discovery, packetOf(STRANGE)), undefined);
  assert.equal(hear(discovery, new Uint8Array(20)), undefined);
  const own = discovery.encode(discovery.poll(0)!, 6);
  assert.ok(decodeLsd(own).ok);
  assert.equal(hear(discovery, own), undefined);
});

test('a flood of packets is not read', () => {
  const discovery = new LocalDiscovery(6881, 'ours');
  discovery.add(0, bytes(OURS));
  for (let packet = 0; packet < 50; packet++) assert.ok(hear(discovery, packetOf(OURS), packet));
  assert.equal(hear(discovery, packetOf(OURS), 999), undefined);
  assert.ok(hear(discovery, packetOf(OURS), 1000));
});

test('a denied neighbour is not heard, whatever form its address has, and others are', () => {
  const filter = new FakeFilter(NEIGHBOUR, 'fe80::7');
  const discovery = new LocalDiscovery(6881, 'ours', filter);
  discovery.add(0, bytes(OURS));
  for (const host of [NEIGHBOUR, `::ffff:${NEIGHBOUR}`, 'fe80::7', 'fe80:0::7'])
    assert.equal(hear(discovery, packetOf(OURS), 0, host), undefined, host);
  assert.deepEqual(new Set(filter.refused), new Set([`lsd ${NEIGHBOUR}`, 'lsd fe80::7']));
  assert.equal(hear(discovery, packetOf(OURS), 0, '192.0.2.8'), '192.0.2.8:7000 11');
  // Its flood takes nothing from others.
  for (let packet = 0; packet < 100; packet++) hear(discovery, packetOf(OURS), 0);
  assert.ok(hear(discovery, packetOf(OURS), 0, '192.0.2.8'));
  filter.allow(NEIGHBOUR);
  assert.equal(hear(discovery, packetOf(OURS), 0), '192.0.2.7:7000 11');
});

test('a denied share is neither announced nor heard of, from the moment that it is denied', () => {
  const filter = new FakeFilter(OURS);
  const discovery = new LocalDiscovery(6881, 'ours', filter);
  discovery.add(0, bytes(OURS));
  discovery.add(0, bytes(OTHER));
  assert.deepEqual(sent(discovery, 0), [OTHER]);
  assert.equal(hear(discovery, packetOf(OURS, OTHER)), '192.0.2.7:7000 22');
  filter.deny(OTHER);
  assert.deepEqual([sent(discovery, 300_000), discovery.nextTimeout()], [[], undefined]);
  assert.equal(hear(discovery, packetOf(OURS, OTHER)), undefined);
  filter.allow(OTHER);
  assert.deepEqual(sent(discovery, 300_000), [OTHER]);
});
