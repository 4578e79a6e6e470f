// The shares of one peer: each runs once, is found by every hash that others call it by, and stops with the peer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeContext, createTestMetainfo, FakeHost } from '../../../../testkit/fake-share.ts';
import { createAddress } from '../../../ground/address.ts';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { toHex } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createPrng } from '../../../ground/prng.ts';
import { Initiator } from '../../../net/encryption/core/initiator.ts';
import { NO_FILTER } from '../../../ground/filter.ts';
import type { ShoalError } from '../../../ground/errors.ts';
import type { LinkReceiver } from '../../../ground/ports.ts';
import { encodeHandshake } from '../swarm/wire/handshake.ts';
import type { ContextEvents, OpenedContext } from './open-context.ts';
import type { PeerOptions } from './options.ts';
import { ShoalPeer } from './peer.ts';

const V1 = 'a'.repeat(40);
const V2 = 'b'.repeat(64);
const BOTH = `magnet:?xt=urn:btih:${V1}&xt=urn:btmh:1220${V2}`;

class TestPeer {
  readonly host: FakeHost = new FakeHost();
  peer!: ShoalPeer;
  events!: ContextEvents;
  closings = 0;

  static async open(options: PeerOptions = {}): Promise<TestPeer> {
    const it = new TestPeer();
    it.peer = await ShoalPeer.open(options, (given, events) => it.#open(given, events));
    return it;
  }

  async #open(options: PeerOptions, events: ContextEvents): Promise<OpenedContext> {
    this.events = events;
    this.host.onStopped = events.onStopped;
    const context = { ...createFakeContext(this.host), filter: options.filter ?? NO_FILTER };
    return { context, options, close: async () => void this.closings++ };
  }
}

const codeOf = (error: unknown): string => (error as ShoalError).code;

test('a hybrid share is found by either hash, until it stops', async () => {
  const { peer } = await TestPeer.open();
  const share = await peer.get(BOTH, { outputDir: '/out' });
  assert.deepEqual(peer.shares, [share]);
  for (const hash of [V1, V2.slice(0, 40)]) assert.equal(peer.findByHex(hash), share);
  await share.stop();
  assert.deepEqual(
    [peer.shares, peer.findByHex(V1), peer.findByHex(V2.slice(0, 40))],
    [[], undefined, undefined],
  );
  await peer.close();
});

test('a peer runs a share once, whichever of its hashes the link names', async () => {
  const { peer, host } = await TestPeer.open();
  const share = await peer.get(BOTH, { outputDir: '/out' });
  for (const link of [V1, BOTH])
    await assert.rejects(
      peer.get(link, { outputDir: '/elsewhere' }),
      (error) => codeOf(error) === 'directory-in-use',
    );
  assert.deepEqual(peer.shares, [share], 'the one that runs goes on');
  assert.equal(host.locks.length, 1);
  await peer.close();
});

test('closing stops every share, then closes what they share, once', async () => {
  const it = await TestPeer.open();
  const shares = [await it.peer.get(V1, { outputDir: '/a' }), await it.peer.get(V2, { outputDir: '/b' })];
  const closings = [it.peer.close(), it.peer.close()];
  await Promise.all(closings);
  assert.deepEqual(
    shares.map(({ phase }) => phase),
    ['stopped', 'stopped'],
  );
  assert.equal(it.closings, 1);
});

test('signals stop a share, and the peer', async () => {
  const [ofShare, ofPeer] = [new AbortController(), new AbortController()];
  const it = await TestPeer.open({ signal: ofPeer.signal });
  const share = await it.peer.get(V1, { outputDir: '/out', signal: ofShare.signal });
  ofShare.abort();
  await assert.rejects(share.done, (error) => codeOf(error) === 'aborted');
  assert.deepEqual(it.peer.shares, []);
  ofPeer.abort();
  await it.peer.close();
  assert.equal(it.closings, 1);
});

test('a share that cannot start is not kept', async () => {
  const it = await TestPeer.open();
  it.host.lockFailure = Object.assign(new Error('it runs already'), {
    code: 'directory-in-use',
  }) as ShoalError;
  await assert.rejects(it.peer.get(V1, { outputDir: '/out' }));
  assert.deepEqual([it.peer.shares, it.peer.findByHex(V1)], [[], undefined]);
  await it.peer.close();
});

test('peers that come by themselves reach the share that they name, and no other', async () => {
  const it = await TestPeer.open();
  const share = await it.peer.get(V1, { outputDir: '/out' });
  const address = createAddress('192.0.2.7', 6881)!;
  it.events.onLocalPeer(share.infoHashV1!, address);
  it.events.onLocalPeer(new Uint8Array(20), address);
  assert.equal(share.driver.swarm.pool.size, 1);
  let receiver: LinkReceiver | undefined;
  let isDestroyed = false;
  const link = {
    unsent: 0,
    setReceiver: (next: LinkReceiver) => void (receiver = next),
    write: () => {},
    pause: () => {},
    resume: () => {},
    close: () => {},
    destroy: () => void (isDestroyed = true),
  };
  it.events.onLink(link, address);
  const handshake = {
    infoHash: createTestMetainfo().infoHashV1!,
    peerId: new Uint8Array(20),
    supportsExtensions: true,
    supportsFast: true,
    supportsV2: false,
  };
  receiver!.onData(encodeHandshake(handshake));
  assert.equal(isDestroyed, true, `no share is called ${toHex(handshake.infoHash)}`);
  await it.peer.close();
});

/** Opens an encrypted link for one share, with a handshake for another behind it. Returns whether it was ended. */
async function linkEncrypted(it: TestPeer, skey: Uint8Array, infoHash: Uint8Array): Promise<boolean> {
  let receiver: LinkReceiver | undefined;
  let isDestroyed = false;
  const answers: Uint8Array[] = [];
  const link = {
    unsent: 0,
    setReceiver: (next: LinkReceiver) => void (receiver = next),
    write: (bytes: Uint8Array) => void answers.push(bytes),
    pause: () => {},
    resume: () => {},
    close: () => {},
    destroy: () => void (isDestroyed = true),
  };
  it.events.onLink(link, createAddress('192.0.2.7', 6881)!);
  const flags = { supportsExtensions: true, supportsFast: true, supportsV2: false };
  const initiator = new Initiator({
    sink: {
      send: (bytes) => receiver!.onData(bytes),
      takeInitialPayload: () => encodeHandshake({ infoHash, peerId: new Uint8Array(20), ...flags }),
      establish: () => {},
      fail: () => {},
    },
    hasher: nodeHasher,
    secretPrng: createPrng(1),
    skey,
    offers: ['rc4'],
  });
  await it.events.encryption.load();
  initiator.start();
  for (const bytes of answers.splice(0)) initiator.handleReceived(bytes);
  return isDestroyed;
}

test('an encrypted link reaches the share that it names, and stays with it', async () => {
  const it = await TestPeer.open();
  const first = await it.peer.get(V1, { outputDir: '/out' });
  assert.equal(await linkEncrypted(it, first.infoHashV1!, first.infoHashV1!), false);
  // Added when the engine is there already.
  const second = await it.peer.get('c'.repeat(40), { outputDir: '/out' });
  assert.equal(await linkEncrypted(it, second.infoHashV1!, second.infoHashV1!), false);
  assert.equal(await linkEncrypted(it, second.infoHashV1!, first.infoHashV1!), true, 'the handshakes differ');
  await second.stop();
  assert.equal(await linkEncrypted(it, second.infoHashV1!, second.infoHashV1!), true, 'it has stopped');
  await it.peer.close();
});

test('options that the state folder remembers come before those given', async () => {
  const remembered = new AbortController();
  const host = new FakeHost();
  let isClosed = false;
  const peer = await ShoalPeer.open({}, async (options, events) => {
    host.onStopped = events.onStopped;
    const close = async (): Promise<void> => void (isClosed = true);
    return { context: createFakeContext(host), options: { ...options, signal: remembered.signal }, close };
  });
  remembered.abort();
  await peer.close();
  assert.equal(isClosed, true);
});

test('a share that the rules deny does not start', async () => {
  const filter = new FakeFilter(V2);
  const { peer, host } = await TestPeer.open({ filter });
  await assert.rejects(peer.get(BOTH, { outputDir: '/out' }), {
    code: 'denied',
    message: 'the rules deny this share: spam (list "test")',
  });
  assert.deepEqual([peer.shares, host.locks], [[], []]);
  await peer.close();
  assert.equal(filter.listeners, 0);
});

test('a share that becomes denied ends and says why, and others go on', async () => {
  const filter = new FakeFilter();
  const { peer } = await TestPeer.open({ filter });
  const other = await peer.get('c'.repeat(40), { outputDir: '/out' });
  const share = await peer.get(BOTH, { outputDir: '/out' });
  const told: string[] = [];
  share.onDenied = (error) => told.push(error.code);
  filter.deny(V1);
  await assert.rejects(share.done, { code: 'denied' });
  await share.stop();
  assert.deepEqual([told, peer.shares], [['denied'], [other]]);
  await peer.close();
});

test('a peer that asks for a denied share gets no answer, although it is there', async () => {
  const filter = new FakeFilter();
  const { peer, events } = await TestPeer.open({ filter });
  await peer.get(BOTH, { outputDir: '/out' });
  // Denied for peers, before the share itself hears of it.
  filter.denied.add(V1);
  let receiver: LinkReceiver | undefined;
  let destroyed = 0;
  events.onLink(
    {
      unsent: 0,
      setReceiver: (next) => {
        receiver = next;
      },
      write: () => assert.fail('it is answered'),
      pause: () => {},
      resume: () => {},
      close: () => {},
      destroy: () => void destroyed++,
    },
    createAddress('127.0.0.1', 7)!,
  );
  receiver!.onData(
    encodeHandshake({
      infoHash: Buffer.from(V1, 'hex'),
      peerId: new Uint8Array(20),
      supportsExtensions: true,
      supportsFast: true,
      supportsV2: false,
    }),
  );
  assert.deepEqual([destroyed, filter.refused], [1, [`handshake ${V1}`]]);
  await peer.close();
});
