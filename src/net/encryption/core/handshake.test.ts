// Both sides of an encrypted handshake, against each other and against those who lie: however the bytes are cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, toByteString, toUtf8 } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createPrng } from '../../../ground/prng.ts';
import type { Malformed } from '../../../ground/result.ts';
import { encodeChoice, hashSkey, MAX_PADDING, Secrets } from '../wire/handshake.ts';
import { publicKeyOf, sharedSecretOf } from '../wire/key-exchange.ts';
import { ExchangeBudget, MAX_EXCHANGES_PER_HOST, MAX_EXCHANGES_PER_SECOND } from './exchange-budget.ts';
import { Initiator } from './initiator.ts';
import {
  chooseAmong,
  dialsEncrypted,
  ENCRYPTION_POLICIES,
  type EncryptionPolicy,
  offersOf,
  type PayloadEncryption,
} from './policy.ts';
import { Responder } from './responder.ts';
import type { Agreement, HandshakeSink } from './sink.ts';
import { SkeyIndex } from './skey-index.ts';

const SKEY = new Uint8Array(20).fill(1);
const OTHER = new Uint8Array(20).fill(2);
const GREETING = toUtf8('a greeting');

class Recorder implements HandshakeSink {
  sent: Uint8Array[] = [];
  agreement: Agreement | undefined;
  rest = new Uint8Array(0);
  error: Malformed | undefined;
  initial: Uint8Array = GREETING;

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }
  takeInitialPayload(): Uint8Array {
    return this.initial;
  }
  establish(agreement: Agreement, rest: Uint8Array): void {
    assert.equal(this.agreement ?? this.error, undefined, 'it ended before');
    this.agreement = agreement;
    this.rest = rest.slice();
  }
  fail(error: Malformed): void {
    assert.equal(this.agreement ?? this.error, undefined, 'it ended before');
    this.error = error;
  }

  /** All that was sent since the last call. */
  take(): Uint8Array {
    return concatBytes(this.sent.splice(0));
  }
}

interface Pair {
  readonly near: Recorder;
  readonly far: Recorder;
  readonly initiator: Initiator;
  readonly responder: Responder;
}

interface PairOptions {
  readonly seed?: number;
  readonly offers?: readonly PayloadEncryption[];
  readonly policy?: EncryptionPolicy;
  /** Of the responder, its time, and who asks it. */
  readonly budget?: ExchangeBudget;
  readonly now?: number;
  readonly host?: string;
}

function createPair({
  seed = 1,
  offers = ['rc4'],
  policy = 'allowed',
  ...exchanges
}: PairOptions = {}): Pair {
  const near = new Recorder();
  const far = new Recorder();
  const index = new SkeyIndex(nodeHasher, [OTHER, SKEY]);
  const secretPrng = createPrng(seed);
  const { budget = new ExchangeBudget(), now = 0, host = '83.0.0.1' } = exchanges;
  const initiator = new Initiator({ sink: near, hasher: nodeHasher, secretPrng, skey: SKEY, offers });
  const responder = new Responder({
    sink: far,
    hasher: nodeHasher,
    secretPrng,
    findSkey: (hash) => index.find(hash),
    mayExchange: () => budget.take(now, host),
    choose: (offered) => chooseAmong(policy, offered),
  });
  return { near, far, initiator, responder };
}

/** Carries bytes to and fro, in pieces of these lengths, until nobody says more. */
function converse({ near, far, initiator, responder }: Pair, cuts: readonly number[] = [10_000]): void {
  let turn = 0;
  const feed = (
    machine: Initiator | Responder,
    over: () => boolean,
    bytes: Uint8Array,
    to: Recorder,
  ): void => {
    for (let at = 0; at < bytes.length; ) {
      if (over()) {
        to.rest = concatBytes([to.rest, bytes.subarray(at)]);
        return;
      }
      const end = at + Math.max(1, cuts[turn++ % cuts.length]!);
      machine.handleReceived(bytes.slice(at, end));
      at = end;
    }
  };
  initiator.start();
  for (let round = 0; round < 3; round++) {
    feed(responder, () => far.agreement !== undefined, near.take(), far);
    feed(initiator, () => near.agreement !== undefined, far.take(), near);
  }
}

const decrypt = ({ incoming }: Agreement, bytes: Uint8Array): Uint8Array => {
  const out = bytes.slice();
  incoming.transform(out, out);
  return out;
};

test('both sides agree on the share, the method and the ciphers, and the initial payload arrives', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.array(fc.nat(300), { minLength: 1, maxLength: 9 }), (seed, cuts) => {
      const pair = createPair({ seed });
      converse(pair, cuts);
      const [a, b] = [pair.near.agreement!, pair.far.agreement!];
      assert.deepEqual([a.method, b.method], ['rc4', 'rc4']);
      assert.deepEqual([a.skey, b.skey], [SKEY, SKEY]);
      assert.deepEqual(decrypt(b, pair.far.rest), GREETING);
      const answer = toUtf8('an answer');
      b.outgoing!.transform(answer, answer);
      assert.equal(toByteString(decrypt(a, answer)), 'an answer');
      assert.equal(pair.near.rest.length, 0);
    }),
    { numRuns: 60 },
  );
});

const METHODS: readonly (readonly [EncryptionPolicy, EncryptionPolicy, PayloadEncryption])[] = [
  ['allowed', 'allowed', 'plaintext'],
  ['allowed', 'preferred', 'rc4'],
  ['allowed', 'required', 'rc4'],
  ['preferred', 'allowed', 'plaintext'],
  ['preferred', 'preferred', 'rc4'],
  ['required', 'allowed', 'rc4'],
  ['required', 'required', 'rc4'],
];
for (const [near, far, method] of METHODS) {
  test(`${near} dials ${far}: the payload is ${method}`, () => {
    const pair = createPair({ offers: offersOf(near), policy: far });
    converse(pair);
    assert.deepEqual([pair.near.agreement!.method, pair.far.agreement!.method], [method, method]);
    // The initial payload is encrypted all the same.
    const left = method === 'rc4' ? Number.POSITIVE_INFINITY : GREETING.length;
    assert.equal(pair.far.agreement!.encryptedLength, left);
    assert.deepEqual(decrypt(pair.far.agreement!, pair.far.rest), GREETING);
    assert.equal(pair.near.agreement!.outgoing === undefined, method === 'plaintext');
  });
}

test('an initiator that offers plaintext alone gets nothing where RC4 is required', () => {
  const pair = createPair({ offers: ['plaintext'], policy: 'required' });
  converse(pair);
  assert.equal(pair.far.error?.code, 'encryption-method');
});

test('a policy decides how a dial begins, and the history of the address where the policy lets it', () => {
  const rows = ENCRYPTION_POLICIES.map((policy) =>
    ([undefined, 'plain', 'encrypted'] as const).map((known) => dialsEncrypted(policy, known)),
  );
  assert.deepEqual(rows, [
    [false, false, false],
    [false, false, true],
    [true, false, true],
    [true, true, true],
  ]);
});

test('a responder says nothing before a whole key has come, and then one message', () => {
  const { far, responder } = createPair();
  const key = publicKeyOf(new Uint8Array(20).fill(9));
  responder.handleReceived(key.subarray(0, 95));
  assert.equal(far.sent.length, 0);
  responder.handleReceived(key.subarray(95));
  assert.equal(far.sent.length, 1);
  assert.ok(far.sent[0]!.length >= 96 && far.sent[0]!.length <= 96 + MAX_PADDING);
});

/** An initiator of our own that keeps to the rules but for what is asked of it. */
function attack(change: {
  readonly paddingA?: number;
  readonly vc?: number;
  readonly methods?: number;
  readonly paddingC?: number;
  readonly skey?: Uint8Array;
}): Malformed | undefined {
  const { far, responder } = createPair();
  const own = new Uint8Array(20).fill(9);
  responder.handleReceived(publicKeyOf(own));
  const secret = sharedSecretOf(own, far.take().subarray(0, 96))!;
  const secrets = new Secrets(nodeHasher, secret);
  const skey = change.skey ?? SKEY;
  responder.handleReceived(new Uint8Array(change.paddingA ?? 0));
  const choice = encodeChoice(change.methods ?? 2, Math.min(change.paddingC ?? 0, 600), 0);
  choice[0] = change.vc ?? 0;
  secrets.cipher('initiator', skey).transform(choice, choice);
  responder.handleReceived(concatBytes([secrets.marker, secrets.cover(hashSkey(nodeHasher, skey)), choice]));
  assert.equal(far.error === undefined, far.agreement !== undefined);
  return far.error;
}

test('what breaks the rules ends a handshake, and what keeps to them does not', () => {
  assert.equal(attack({}), undefined);
  assert.equal(attack({ paddingA: MAX_PADDING, paddingC: MAX_PADDING }), undefined);
  assert.equal(attack({ paddingA: MAX_PADDING + 1 })?.code, 'encryption-sync');
  assert.equal(attack({ paddingC: MAX_PADDING + 1 })?.code, 'encryption-padding');
  assert.equal(attack({ vc: 1 })?.code, 'encryption-vc');
  assert.equal(attack({ methods: 0 })?.code, 'encryption-method');
  assert.equal(attack({ methods: 4 })?.code, 'encryption-method');
  assert.equal(attack({ methods: 0xffff_fffe }), undefined, 'bits of later versions mean nothing');
  assert.equal(attack({ skey: new Uint8Array(20) })?.code, 'encryption-share');
});

test('an endless padding ends at its bound, on both sides', () => {
  const { near, far, initiator, responder } = createPair();
  const drip = (machine: Initiator | Responder, recorder: Recorder): number => {
    let sent = 0;
    for (; recorder.error === undefined && sent < 5000; sent++) machine.handleReceived(Uint8Array.of(7));
    assert.equal(recorder.error?.code, 'encryption-sync');
    return sent;
  };
  initiator.start();
  assert.equal(drip(responder, far), 96 + MAX_PADDING + 1 + 19);
  assert.equal(drip(initiator, near), 96 + MAX_PADDING + 1 + 7);
});

test('a handshake that is played back to the same peer is not understood', () => {
  const first = createPair({ seed: 5 });
  const said: Uint8Array[] = [];
  const { send } = first.near;
  first.near.send = (bytes) => {
    said.push(bytes);
    send.call(first.near, bytes);
  };
  converse(first);
  assert.ok(first.far.agreement !== undefined);
  const again = createPair({ seed: 6 });
  for (const bytes of said) again.responder.handleReceived(bytes);
  again.responder.handleReceived(new Uint8Array(600));
  assert.equal(again.far.error?.code, 'encryption-sync');
});

test('a key that everybody knows ends the handshake before anything is said', () => {
  const { near, far, initiator, responder } = createPair();
  responder.handleReceived(new Uint8Array(96));
  assert.deepEqual([far.error?.code, far.sent.length], ['encryption-key', 0]);
  initiator.start();
  near.take();
  initiator.handleReceived(new Uint8Array(96));
  assert.deepEqual([near.error?.code, near.sent.length], ['encryption-key', 0]);
});

test('so many exchange keys in a second; those who come later hear nothing until the next', () => {
  const budget = new ExchangeBudget();
  const answers = (now: number, host = `83.0.0.${now}`): boolean => {
    const { far, responder } = createPair({ budget, now, host });
    responder.handleReceived(publicKeyOf(new Uint8Array(20).fill(9)));
    assert.equal(far.error?.code, far.sent.length === 0 ? 'encryption-flood' : undefined);
    return far.sent.length === 1;
  };
  for (let i = 0; i < MAX_EXCHANGES_PER_SECOND; i++) assert.ok(answers(i));
  assert.deepEqual([answers(999), answers(1000)], [false, true]);
  for (let i = 0; i < MAX_EXCHANGES_PER_HOST; i++) assert.ok(answers(2000, '84.0.0.1'));
  assert.deepEqual(
    [answers(2000, '84.0.0.1'), answers(2000, '84.0.0.2'), answers(3000, '84.0.0.1')],
    [false, true, true],
    'one host keeps no other out',
  );
});

test('an initiator refuses a method that it did not offer, two methods and too much padding', () => {
  const answer = (methods: number, padding: number): string | undefined => {
    const { near, initiator } = createPair({ offers: ['rc4'] });
    initiator.start();
    const own = new Uint8Array(20).fill(9);
    const secret = sharedSecretOf(own, near.take().subarray(0, 96))!;
    const choice = encodeChoice(methods, padding);
    new Secrets(nodeHasher, secret).cipher('responder', SKEY).transform(choice, choice);
    initiator.handleReceived(concatBytes([publicKeyOf(own), new Uint8Array(40), choice]));
    return near.agreement?.method ?? near.error?.code;
  };
  assert.equal(answer(2, 0), 'rc4');
  assert.equal(answer(2, 513), 'encryption-padding');
  for (const methods of [0, 1, 3, 4]) assert.equal(answer(methods, 0), 'encryption-method');
});

test('a share is found by one hash, with one share or with ten thousand', () => {
  let hashes = 0;
  const hasher = {
    sha1: (data: Uint8Array) => {
      hashes++;
      return nodeHasher.sha1(data);
    },
  };
  const skeyOf = (n: number): Uint8Array => nodeHasher.sha1(toUtf8(String(n)));
  const index = new SkeyIndex(
    hasher,
    Array.from({ length: 10_000 }, (_, n) => skeyOf(n)),
  );
  assert.equal(hashes, 10_000);
  const wanted = hashSkey(nodeHasher, skeyOf(9999));
  assert.deepEqual(index.find(wanted), skeyOf(9999));
  assert.equal(index.find(hashSkey(nodeHasher, skeyOf(10_000))), undefined);
  assert.equal(hashes, 10_000, 'a look into the table hashes nothing');
  index.delete(skeyOf(9999));
  assert.equal(index.find(wanted), undefined);
});
