/**
 * The side of an encrypted handshake that dials (A in `wire/handshake.ts`).
 *
 * States: key (their public key is due) → marker (the end of PadB is looked for) → choice (crypto_select) → padding (PadD) → done.
 * Invariant: no more than a message is held: at most 512 bytes of padding and what is looked for behind them.
 */
import { concatBytes, readUint16, readUint32 } from '../../../ground/bytes.ts';
import type { Malformed } from '../../../ground/result.ts';
import {
  CHOICE_LENGTH,
  encodeChoice,
  hashSkey,
  MAX_INITIAL_PAYLOAD,
  MAX_PADDING,
  Secrets,
  VC_LENGTH,
} from '../wire/handshake.ts';
import type { Rc4 } from '../wire/rc4.ts';
import {
  bitsOf,
  drawPadding,
  Held,
  KEY_IS_KNOWN,
  methodsOf,
  NO_MARKER,
  OwnKey,
  PADDING_TOO_LONG,
} from './exchange.ts';
import type { PayloadEncryption } from './policy.ts';
import type { HandshakeOptions } from './sink.ts';

export interface InitiatorOptions extends HandshakeOptions {
  /** The share that is wanted: an info hash of 20 bytes. */
  readonly skey: Uint8Array;
  readonly offers: readonly PayloadEncryption[];
}

interface Ciphers {
  readonly outgoing: Rc4;
  readonly incoming: Rc4;
}

type State =
  | { readonly name: 'key' }
  | { readonly name: 'marker' | 'choice'; readonly ciphers: Ciphers; readonly marker: Uint8Array }
  | { readonly name: 'padding'; readonly ciphers: Ciphers; readonly method: PayloadEncryption; left: number }
  | { readonly name: 'done' };

export class Initiator {
  readonly #options: InitiatorOptions;
  readonly #key: OwnKey;
  readonly #held = new Held();
  #state: State = { name: 'key' };

  constructor(options: InitiatorOptions) {
    this.#options = options;
    this.#key = new OwnKey(options.secretPrng);
  }

  start(): void {
    this.#options.sink.send(this.#key.greeting());
  }

  handleReceived(chunk: Uint8Array): void {
    this.#held.add(chunk);
    while (this.#step());
  }

  /** False when it waits for bytes, or is over. */
  #step(): boolean {
    const state = this.#state;
    switch (state.name) {
      case 'key':
        return this.#readKey();
      case 'marker':
        return this.#findMarker(state.ciphers, state.marker);
      case 'choice':
        return this.#readChoice(state.ciphers);
      case 'padding':
        return this.#skipPadding(state);
      case 'done':
        return false;
    }
  }

  /** key → marker: sends the third message. */
  #readKey(): boolean {
    const { sink, hasher, secretPrng, skey, offers } = this.#options;
    const theirs = this.#held.takeKey();
    if (theirs === undefined) return false;
    const secret = this.#key.secretWith(theirs);
    if (secret === undefined) return this.#fail(KEY_IS_KNOWN);
    const secrets = new Secrets(hasher, secret);
    const outgoing = secrets.cipher('initiator', skey);
    const initial = sink.takeInitialPayload(MAX_INITIAL_PAYLOAD);
    const choice = encodeChoice(bitsOf(offers), drawPadding(secretPrng), initial.length);
    const encrypted = concatBytes([choice, initial]);
    outgoing.transform(encrypted, encrypted);
    sink.send(concatBytes([secrets.marker, secrets.cover(hashSkey(hasher, skey)), encrypted]));
    // Of what comes, the first that is known is VC, encrypted; the same cipher goes on behind it.
    const incoming = secrets.cipher('responder', skey);
    const marker = new Uint8Array(VC_LENGTH);
    incoming.transform(marker, marker);
    this.#state = { name: 'marker', ciphers: { outgoing, incoming }, marker };
    return true;
  }

  /** marker → choice. */
  #findMarker(ciphers: Ciphers, marker: Uint8Array): boolean {
    const isFound = this.#held.takeMarker(marker);
    if (isFound === false) return this.#fail(NO_MARKER);
    if (isFound === true) this.#state = { name: 'choice', ciphers, marker };
    return isFound === true;
  }

  /** choice → padding. */
  #readChoice(ciphers: Ciphers): boolean {
    const taken = this.#held.take(CHOICE_LENGTH - VC_LENGTH);
    if (taken === undefined) return false;
    const choice = taken.slice();
    ciphers.incoming.transform(choice, choice);
    const [method, ...others] = methodsOf(readUint32(choice, 0));
    if (method === undefined || others.length > 0 || !this.#options.offers.includes(method))
      return this.#fail({
        code: 'encryption-method',
        message: 'it chose an encryption that was not offered',
      });
    const left = readUint16(choice, 4);
    if (left > MAX_PADDING) return this.#fail(PADDING_TOO_LONG);
    this.#state = { name: 'padding', ciphers, method, left };
    return true;
  }

  /** padding → done. */
  #skipPadding({ ciphers: { outgoing, incoming }, method, left }: State & { name: 'padding' }): boolean {
    const padding = this.#held.take(left);
    if (padding === undefined) return false;
    incoming.transform(padding, padding.slice());
    this.#state = { name: 'done' };
    const isEncrypted = method === 'rc4';
    this.#options.sink.establish(
      {
        method,
        skey: this.#options.skey,
        outgoing: isEncrypted ? outgoing : undefined,
        incoming,
        encryptedLength: isEncrypted ? Number.POSITIVE_INFINITY : 0,
      },
      this.#held.rest,
    );
    return false;
  }

  #fail(error: Malformed): false {
    this.#state = { name: 'done' };
    this.#options.sink.fail(error);
    return false;
  }
}
