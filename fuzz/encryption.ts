/**
 * Targets of `src/net/encryption`: both sides of a handshake with strangers, and a stream between two links. Keys are the same in
 * each run, so that recorded conversations lead deep into it.
 */
import assert from 'node:assert/strict';
import { concatBytes } from '../src/ground/bytes.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import type { Link, LinkReceiver } from '../src/ground/ports.ts';
import { createPrng } from '../src/ground/prng.ts';
import { Initiator } from '../src/net/encryption/core/initiator.ts';
import { chooseAmong, type EncryptionPolicy, offersOf } from '../src/net/encryption/core/policy.ts';
import { Responder } from '../src/net/encryption/core/responder.ts';
import type { Agreement, HandshakeSink } from '../src/net/encryption/core/sink.ts';
import { SkeyIndex } from '../src/net/encryption/core/skey-index.ts';
import { EncryptedLink } from '../src/net/encryption/node/encrypted-link.ts';
import { CHOICE_LENGTH, HASH_LENGTH, MAX_PADDING } from '../src/net/encryption/wire/handshake.ts';
import { KEY_LENGTH } from '../src/net/encryption/wire/key-exchange.ts';
import type { Target } from './target.ts';

const SKEY = new Uint8Array(20).fill(7);
const index = new SkeyIndex(nodeHasher, [SKEY]);
const GREETING = new Uint8Array(68).fill(19);
/** No handshake is longer, on either side, without its initial payload. */
const LONGEST = KEY_LENGTH + MAX_PADDING + 2 * HASH_LENGTH + CHOICE_LENGTH + MAX_PADDING + 2;

class Ear implements HandshakeSink {
  sent: Uint8Array[] = [];
  ends = 0;
  agreement: Agreement | undefined;

  send(bytes: Uint8Array): void {
    assert.equal(this.ends, 0, 'it says nothing after its end');
    this.sent.push(bytes.slice());
  }
  takeInitialPayload(): Uint8Array {
    return GREETING;
  }
  establish(agreement: Agreement): void {
    this.ends++;
    this.agreement = agreement;
  }
  fail(): void {
    this.ends++;
  }
}

type Machine = Initiator | Responder;

function responderFor(sink: HandshakeSink, policy: EncryptionPolicy): Responder {
  return new Responder({
    sink,
    hasher: nodeHasher,
    secretPrng: createPrng(1),
    findSkey: (hash) => index.find(hash),
    mayExchange: () => true,
    choose: (offered) => chooseAmong(policy, offered),
  });
}

function initiatorFor(sink: HandshakeSink, policy: EncryptionPolicy): Initiator {
  return new Initiator({
    sink,
    hasher: nodeHasher,
    secretPrng: createPrng(2),
    skey: SKEY,
    offers: offersOf(policy),
  });
}

/** What each side says to the other. */
function record(policy: EncryptionPolicy): { readonly near: Uint8Array; readonly far: Uint8Array } {
  const [near, far] = [new Ear(), new Ear()];
  const responder = responderFor(far, policy);
  const initiator = initiatorFor(near, policy);
  initiator.start();
  responder.handleReceived(near.sent[0]!);
  initiator.handleReceived(far.sent[0]!);
  responder.handleReceived(near.sent[1]!);
  initiator.handleReceived(far.sent[1]!);
  assert.ok(near.agreement !== undefined && far.agreement !== undefined);
  return { near: concatBytes(near.sent), far: concatBytes(far.sent) };
}

/** Feeds the input, cut by a byte of it, until the machine has ended. */
function converse(machine: Machine, ear: Ear, input: Uint8Array): void {
  machine.start();
  const step = 1 + (input.at(-1) ?? 0);
  for (let at = 0; at < input.length && ear.ends === 0; at += step)
    machine.handleReceived(input.subarray(at, at + step));
  assert.ok(ear.ends <= 1, 'it ends once');
  const length = ear.sent.reduce((sum, bytes) => sum + bytes.length, 0);
  assert.ok(length <= LONGEST + GREETING.length, `it said ${length} bytes`);
  if (input.length >= LONGEST + step)
    assert.equal(ear.ends, 1, 'nothing is waited for behind the longest handshake');
}

const [allowed, required] = [record('allowed'), record('required')];

/** One end of a wire in memory. */
class WireEnd implements Link {
  readonly unsent = 0;
  readonly out: Uint8Array[] = [];
  receiver: LinkReceiver | undefined;
  setReceiver(receiver: LinkReceiver): void {
    this.receiver = receiver;
  }
  write(bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    this.out.push(bytes.slice());
    taken?.(true);
  }
  pause(): void {}
  resume(): void {}
  close(): void {}
  destroy(): void {}
}

const clock = { after: () => ({ cancel: () => {} }) };

/** Sends pieces of the input both ways, and compares what arrives. */
function stream(input: Uint8Array, policy: EncryptionPolicy): void {
  const heard: [Uint8Array[], Uint8Array[]] = [[], []];
  const ear = (side: 0 | 1): LinkReceiver => ({
    onConnected: () => {},
    onData: (chunk) => void heard[side].push(chunk.slice()),
    onClosed: (failure) => assert.fail(`${failure}`),
  });
  const [near, far] = [new WireEnd(), new WireEnd()];
  const dialler = new EncryptedLink(ear(0), clock, (sink) => initiatorFor(sink, policy));
  const listener = new EncryptedLink(ear(1), clock, (sink) => responderFor(sink, policy));
  for (const [link, end] of [
    [dialler, near],
    [listener, far],
  ] as const) {
    link.setBelow(end);
    end.setReceiver(link);
  }
  let at = 0;
  const next = (): Uint8Array => {
    const length = 1 + ((input[at] ?? 0) % 97) * 3;
    const bytes = input.subarray(at, at + length);
    at += length;
    return bytes;
  };
  const sent: [Uint8Array[], Uint8Array[]] = [[], []];
  dialler.onConnected();
  for (let round = 0; round < 8 || at < input.length; round++) {
    for (const [side, link] of [dialler, listener].entries()) {
      const bytes = next();
      if (bytes.length > 0) link.write(bytes);
      sent[side]!.push(bytes);
    }
    for (const bytes of near.out.splice(0)) far.receiver!.onData(bytes);
    for (const bytes of far.out.splice(0)) near.receiver!.onData(bytes);
  }
  for (const bytes of near.out.splice(0)) far.receiver!.onData(bytes);
  assert.deepEqual(concatBytes(heard[1]), concatBytes(sent[0]));
  assert.deepEqual(concatBytes(heard[0]), concatBytes(sent[1]));
}

export const ENCRYPTION_TARGETS: readonly Target[] = [
  {
    name: 'encryption-responder',
    seeds: [allowed.near, required.near],
    run: (input) => {
      const ear = new Ear();
      converse(responderFor(ear, 'allowed'), ear, input);
    },
  },
  {
    name: 'encryption-initiator',
    seeds: [allowed.far, required.far],
    run: (input) => {
      const ear = new Ear();
      converse(initiatorFor(ear, 'allowed'), ear, input);
    },
  },
  {
    name: 'encrypted-stream',
    seeds: [GREETING, concatBytes([GREETING, new Uint8Array(3000).map((_, i) => i)])],
    run: (input) => stream(input, (input[0] ?? 0) % 2 === 0 ? 'allowed' : 'required'),
  },
];
