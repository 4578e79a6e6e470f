/**
 * The side of an encrypted handshake that is dialled (B in `wire/handshake.ts`).
 *
 * States: key (their public key is due) → marker (the end of PadA is looked for) → share (which one?) → choice (crypto_provide) →
 * padding (PadC and the length of IA) → done. IA itself is payload: the driver decrypts it as it comes, and nothing waits for its end.
 * Invariant: no more than a message is held: at most 512 bytes of padding and what is looked for behind them.
 *
 * A handshake that is played back fails at the marker, since our key is another one each time.
 */
import { readUint16, readUint32 } from '../../../ground/bytes.ts';
import type { Malformed } from '../../../ground/result.ts';
import {
  CHOICE_LENGTH,
  encodeChoice,
  HASH_LENGTH,
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

export interface ResponderOptions extends HandshakeOptions {
  /** The share whose SKEY has this hash (`hashSkey`); undefined when there is none. */
  readonly findSkey: (skeyHash: Uint8Array) => Uint8Array | undefined;
  /** Asked before keys are exchanged, which is what a handshake costs most. */
  readonly mayExchange: () => boolean;
  /** Undefined when nothing that is offered fits. */
  readonly choose: (offered: readonly PayloadEncryption[]) => PayloadEncryption | undefined;
}

interface Named {
  readonly skey: Uint8Array;
  readonly incoming: Rc4;
  readonly secrets: Secrets;
}

type State =
  | { readonly name: 'key' }
  | { readonly name: 'marker' | 'share'; readonly secrets: Secrets; readonly marker: Uint8Array }
  | { readonly name: 'choice'; readonly named: Named }
  | {
      readonly name: 'padding';
      readonly named: Named;
      readonly method: PayloadEncryption;
      readonly left: number;
    }
  | { readonly name: 'done' };

export class Responder {
  readonly #options: ResponderOptions;
  readonly #held = new Held();
  #state: State = { name: 'key' };

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Nothing is said, and no key is made, before their key is here: who sends none costs nothing. */
  start(): void {}

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
        return this.#findMarker(state.secrets, state.marker);
      case 'share':
        return this.#readShare(state.secrets);
      case 'choice':
        return this.#readChoice(state.named);
      case 'padding':
        return this.#skipPadding(state);
      case 'done':
        return false;
    }
  }

  /** key → marker: sends the second message. */
  #readKey(): boolean {
    const { sink, hasher, secretPrng, mayExchange } = this.#options;
    const theirs = this.#held.takeKey();
    if (theirs === undefined) return false;
    if (!mayExchange())
      return this.#fail({ code: 'encryption-flood', message: 'too many exchange keys at once' });
    const own = new OwnKey(secretPrng);
    const secret = own.secretWith(theirs);
    if (secret === undefined) return this.#fail(KEY_IS_KNOWN);
    const secrets = new Secrets(hasher, secret);
    this.#state = { name: 'marker', secrets, marker: secrets.marker };
    sink.send(own.greeting());
    return true;
  }

  /** marker → share. */
  #findMarker(secrets: Secrets, marker: Uint8Array): boolean {
    const isFound = this.#held.takeMarker(marker);
    if (isFound === false) return this.#fail(NO_MARKER);
    if (isFound === true) this.#state = { name: 'share', secrets, marker };
    return isFound === true;
  }

  /** share → choice. */
  #readShare(secrets: Secrets): boolean {
    const covered = this.#held.take(HASH_LENGTH);
    if (covered === undefined) return false;
    const skey = this.#options.findSkey(secrets.cover(covered));
    if (skey === undefined)
      return this.#fail({ code: 'encryption-share', message: 'it names a share that is not here' });
    this.#state = { name: 'choice', named: { skey, secrets, incoming: secrets.cipher('initiator', skey) } };
    return true;
  }

  /** choice → padding. */
  #readChoice(named: Named): boolean {
    const choice = this.#decrypt(named, CHOICE_LENGTH);
    if (choice === undefined) return false;
    if (choice.subarray(0, VC_LENGTH).some((byte) => byte !== 0))
      return this.#fail({ code: 'encryption-vc', message: 'its verification constant is wrong' });
    const method = this.#options.choose(methodsOf(readUint32(choice, VC_LENGTH)));
    if (method === undefined)
      return this.#fail({ code: 'encryption-method', message: 'it offers no encryption that is taken here' });
    const left = readUint16(choice, VC_LENGTH + 4);
    if (left > MAX_PADDING) return this.#fail(PADDING_TOO_LONG);
    this.#state = { name: 'padding', named, method, left };
    return true;
  }

  /** padding → done: sends the fourth message. */
  #skipPadding({ named, method, left }: State & { name: 'padding' }): boolean {
    const padding = this.#decrypt(named, left + 2);
    if (padding === undefined) return false;
    const { skey, secrets, incoming } = named;
    const { sink, secretPrng } = this.#options;
    const initialLength = readUint16(padding, left);
    const outgoing = secrets.cipher('responder', skey);
    const answer = encodeChoice(bitsOf([method]), drawPadding(secretPrng));
    outgoing.transform(answer, answer);
    this.#state = { name: 'done' };
    sink.send(answer);
    const isEncrypted = method === 'rc4';
    sink.establish(
      {
        method,
        skey,
        outgoing: isEncrypted ? outgoing : undefined,
        incoming,
        encryptedLength: isEncrypted ? Number.POSITIVE_INFINITY : initialLength,
      },
      this.#held.rest,
    );
    return false;
  }

  #decrypt({ incoming }: Named, length: number): Uint8Array | undefined {
    const taken = this.#held.take(length)?.slice();
    if (taken !== undefined) incoming.transform(taken, taken);
    return taken;
  }

  #fail(error: Malformed): false {
    this.#state = { name: 'done' };
    this.#options.sink.fail(error);
    return false;
  }
}
