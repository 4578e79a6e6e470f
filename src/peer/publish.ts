/**
 * Publishing a folder under a key (BEP 46): the folder is shared, and an item of the DHT that only the key can sign names
 * its newest version. The item is put again before nodes forget it.
 */
import { formatUpdateLink } from '../content/update-link.ts';
import { equalBytes, toHex, toUtf8 } from '../ground/bytes.ts';
import { ShoalError } from '../ground/errors.ts';
import { nodeHasher } from '../ground/node/hasher.ts';
import type { Item } from '../dht/core/operations.ts';
import { signWithSeed } from '../dht/node/ed25519.ts';
import type { DhtService } from '../dht/node/service.ts';
import { encodePointer, mutableTarget, signedBytes } from '../dht/wire/items.ts';
import { MAX_SALT_LENGTH } from '../dht/wire/krpc.ts';
import type { SigningKey } from '../storage/node/key-store.ts';
import type { NetworkMemory } from '../storage/node/network-memory.ts';
import type { Share } from './share.ts';

/** Nodes keep items for two hours (BEP 44). */
export const REPUT_MS: number = 45 * 60_000;
/** As long as no node took it. */
const RETRY_MS = 10_000;

export interface PublishOptions {
  readonly key: SigningKey;
  /** Tells the shares of one key apart; the salt of the item. */
  readonly name: string;
}

/** @throws ShoalError bad-argument */
export function saltOf(name: string): Uint8Array {
  const salt = toUtf8(name);
  if (salt.length === 0 || salt.length > MAX_SALT_LENGTH) {
    throw new ShoalError(
      'bad-argument',
      `the name of a publication has 1 to ${MAX_SALT_LENGTH} bytes (BEP 44)`,
    );
  }
  return salt;
}

/** The stable link: the same for every version. */
export function publicationLink(options: PublishOptions): string {
  return formatUpdateLink({
    publicKey: options.key.publicKey,
    salt: saltOf(options.name),
    name: options.name,
  });
}

export interface PublishedStatus {
  readonly sequence: number;
  /** Nodes that keep the item. */
  readonly stored: number;
  /** Another machine published a newer version with the same key. */
  readonly isSuperseded: boolean;
}

export class Publication {
  readonly link: string;
  readonly sequence: number;
  readonly #dht: DhtService;
  readonly #item: Item;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  stored = 0;
  onPut: (status: PublishedStatus) => void = () => {};

  private constructor(dht: DhtService, link: string, item: Item) {
    this.#dht = dht;
    this.link = link;
    this.#item = item;
    this.sequence = item.sequence!;
  }

  /** Chooses the sequence number: the last one if nothing changed, else more than any that was ever seen. */
  static async open(
    dht: DhtService,
    memory: NetworkMemory,
    share: Share,
    options: PublishOptions,
    signal?: AbortSignal,
  ): Promise<Publication> {
    const { key, name } = options;
    const salt = saltOf(name);
    const value = encodePointer({
      infoHash: share.infoHashV1 ?? share.infoHashV2!.subarray(0, 20),
      ...(share.infoHashV2 === undefined ? {} : { infoHashV2: share.infoHashV2 }),
    });
    const publicKey = toHex(key.publicKey);
    const last = memory.loadPublication(publicKey, name);
    // Another machine may have published with the same key.
    const found = await dht.getItem(mutableTarget(key.publicKey, salt, nodeHasher), { salt, signal });
    const known = Math.max(last?.sequence ?? 0, found.item?.sequence ?? 0);
    const isPresent =
      found.item === undefined
        ? last?.shareKey === share.key
        : found.item.sequence === known && equalBytes(found.item.value, value);
    const sequence = isPresent ? known : known + 1;
    const pieceLength = share.metainfo!.info.pieceLength;
    memory.savePublication({ publicKey, name, sequence, shareKey: share.key, pieceLength });
    const signature = signWithSeed(key.seed, signedBytes(salt, sequence, value));
    const publication = new Publication(dht, publicationLink(options), {
      value,
      key: key.publicKey,
      salt,
      sequence,
      signature,
    });
    return publication;
  }

  /** Puts the item now and from then on. Resolves after the first try. */
  async start(): Promise<void> {
    this.#dht.onFirstContact.add(this.#wake);
    await this.#put();
  }

  stop(): void {
    this.#abort.abort();
    this.#dht.onFirstContact.delete(this.#wake);
    clearTimeout(this.#timer);
  }

  readonly #wake = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#put(), 300);
  };

  async #put(): Promise<void> {
    clearTimeout(this.#timer);
    const results = await this.#dht.putItem(this.#item, { signal: this.#abort.signal }).catch(() => []);
    if (this.#abort.signal.aborted) return;
    this.stored = results.reduce((sum, result) => sum + result.stored, 0);
    // BEP 44: 302, the sequence number is less than the stored one.
    const isSuperseded = results.some((result) => result.refusal?.code === 302);
    this.onPut({ sequence: this.sequence, stored: this.stored, isSuperseded });
    this.#timer = setTimeout(() => void this.#put(), this.stored === 0 ? RETRY_MS : REPUT_MS);
    this.#timer.unref();
  }
}
