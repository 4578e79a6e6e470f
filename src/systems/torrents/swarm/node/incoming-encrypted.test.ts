// Incoming links that begin encrypted: when the engine is loaded, what it sees of a link, and what a policy lets in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../../ground/address.ts';
import { concatBytes } from '../../../../ground/bytes.ts';
import { systemClock } from '../../../../ground/node/clock.ts';
import { nodeHasher } from '../../../../ground/node/hasher.ts';
import { createPrng } from '../../../../ground/prng.ts';
import type { Link, LinkReceiver } from '../../../../ground/ports.ts';
import type { Malformed } from '../../../../ground/result.ts';
import { Initiator } from '../../../../net/encryption/core/initiator.ts';
import type { EncryptionPolicy } from '../../../../net/encryption/core/policy.ts';
import type { Agreement, HandshakeSink } from '../../../../net/encryption/core/sink.ts';
import { Encryption } from '../../../../net/encryption/node/encryption.ts';
import { encodeHandshake, type Handshake } from '../wire/handshake.ts';
import { type IncomingLink, IncomingLinks } from './incoming.ts';

const INFO_HASH = new Uint8Array(20).fill(7);
const handshake: Handshake = {
  infoHash: INFO_HASH,
  peerId: new Uint8Array(20).fill(9),
  supportsExtensions: true,
  supportsFast: true,
  supportsV2: false,
  supportsDht: false,
};

class FakeLink implements Link {
  readonly unsent = 0;
  readonly sent: Uint8Array[] = [];
  isDestroyed = false;
  isPaused = false;
  receiver: LinkReceiver | undefined;
  setReceiver(receiver: LinkReceiver): void {
    this.receiver = receiver;
  }
  write(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  close(): void {
    this.destroy();
  }
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.receiver?.onClosed(undefined);
  }
}

function lab(policy: EncryptionPolicy) {
  const encryption = new Encryption({
    policy,
    clock: systemClock,
    hasher: nodeHasher,
    createSecretPrng: () => createPrng(1),
    skeys: () => [INFO_HASH],
    takes: () => true,
  });
  const routed: IncomingLink[] = [];
  const route = (incoming: IncomingLink): boolean => {
    routed.push({ ...incoming, rest: incoming.rest.slice() });
    incoming.link.setReceiver({ onConnected: () => {}, onData: () => {}, onClosed: () => {} });
    return true;
  };
  const incoming = new IncomingLinks(systemClock, route, encryption);
  const link = new FakeLink();
  incoming.accept(link, createAddress('203.0.113.5', 5000)!);
  return { encryption, routed, link };
}

/** The other side, which greets with a handshake and `behind` it. */
function createInitiator(behind: Uint8Array) {
  const sent: Uint8Array[] = [];
  let agreement: Agreement | undefined;
  const sink: HandshakeSink = {
    send: (bytes) => void sent.push(bytes),
    takeInitialPayload: () => concatBytes([encodeHandshake(handshake), behind]),
    establish: (made) => {
      agreement = made;
    },
    fail: ({ message }: Malformed) => assert.fail(message),
  };
  const machine = new Initiator({
    sink,
    hasher: nodeHasher,
    secretPrng: createPrng(2),
    skey: INFO_HASH,
    offers: ['plaintext', 'rc4'],
  });
  machine.start();
  return { machine, sent, agreement: () => agreement };
}

test('a plain handshake loads no engine, however it is cut', () => {
  const { encryption, routed, link } = lab('allowed');
  const bytes = encodeHandshake(handshake);
  for (let at = 0; at < bytes.length; at += 7) link.receiver!.onData(bytes.subarray(at, at + 7));
  assert.equal(routed.length, 1);
  assert.equal(routed[0]!.link, link, 'the share talks to the carrier itself');
  assert.equal(routed[0]!.skey, undefined);
  assert.equal(encryption.engine, undefined);
  assert.equal(link.isPaused, false);
});

for (const [policy, method] of [
  ['allowed', 'plaintext'],
  ['preferred', 'rc4'],
] as const) {
  test(`with ${policy} an encrypted link waits for the engine, and is then read from its first byte`, async () => {
    const { encryption, routed, link } = lab(policy);
    const other = createInitiator(Uint8Array.of(1, 2, 3));
    const first = concatBytes(other.sent.splice(0));
    link.receiver!.onData(first.subarray(0, 20));
    assert.equal(link.isPaused, true);
    await encryption.load();
    assert.equal(link.isPaused, false);
    link.receiver!.onData(first.subarray(20));
    other.machine.handleReceived(concatBytes(link.sent.splice(0)));
    link.receiver!.onData(concatBytes(other.sent.splice(0)));
    other.machine.handleReceived(concatBytes(link.sent.splice(0)));
    assert.equal(other.agreement()?.method, method);
    assert.equal(routed.length, 1);
    assert.deepEqual(routed[0]!.handshake, handshake);
    assert.deepEqual(routed[0]!.rest, Uint8Array.of(1, 2, 3));
    assert.deepEqual(routed[0]!.skey, INFO_HASH);
    assert.equal(routed[0]!.link.encryption, method);
  });
}

test('a link that ends while the engine is loaded is not taken up again', async () => {
  const { encryption, routed, link } = lab('allowed');
  link.receiver!.onData(new Uint8Array(20).fill(200));
  link.destroy();
  await encryption.load();
  assert.deepEqual([routed.length, link.sent.length], [0, 0]);
});

test('off takes no encrypted link, required no plain one', () => {
  const off = lab('off');
  off.link.receiver!.onData(Uint8Array.of(200));
  assert.deepEqual([off.link.isDestroyed, off.encryption.engine], [true, undefined]);
  const required = lab('required');
  required.link.receiver!.onData(encodeHandshake(handshake));
  assert.deepEqual([required.link.isDestroyed, required.routed.length], [true, 0]);
});
