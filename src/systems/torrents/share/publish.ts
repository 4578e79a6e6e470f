/**
 * Publishing a folder under a key (BEP 46): the folder is shared, and an item of the DHT that only the key can sign names
 * its newest version. The item is put again before nodes forget it.
 */
import { formatUpdateLink } from '../../../data/content/update-link.ts';
import { equalBytes, toHex, toUtf8 } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { Item } from '../../../net/dht/core/operations.ts';
import { signWithSeed } from '../../../net/dht/node/ed25519.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { encodePointer, mutableTarget, signedBytes } from '../../../net/dht/wire/items.ts';
import { MAX_SALT_LENGTH } from '../../../net/dht/wire/krpc.ts';
import type { SigningKey } from '../../../host/state/key-store.ts';
import type { NetworkMemory } from '../state/network-memory.ts';
import { REPUT_MS } from './core/follow-life.ts';
import type { Share } from './share.ts';

export { REPUT_MS } from './core/follow-life.ts';

/** Between tries, until a node has stored the item. */
const RETRY_MS = 10_000;
/** After a new DHT node appeared: it needs a moment before it stores items. */
const WAKE_MS = 300;
/** BEP 44, error 302. */
const SEQUENCE_TOO_LOW = 302;

/** What is published: a share, whether it runs or not. */
export type PublishedShare = Pick<Share, 'key' | 'infoHashV1' | 'infoHashV2' | 'metainfo'>;

export interface PublishOptions {
  readonly key: SigningKey;
  /** The salt of the item: it tells the publications of one key apart. */
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

interface PublicKey {
  readonly key: Pick<SigningKey, 'publicKey'>;
}

/** The stable link: the same for every version. */
export function publicationLink({ key, name }: Pick<PublishOptions, 'name'> & PublicKey): string {
  return formatUpdateLink({ publicKey: key.publicKey, salt: saltOf(name), name });
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
  readonly #dht: DhtService;
  readonly #memory: NetworkMemory;
  readonly #options: PublishOptions;
  readonly #share: PublishedShare;
  readonly #salt: Uint8Array;
  readonly #value: Uint8Array;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  /** A node has stored this version. */
  #isOut = false;
  onPut: (status: PublishedStatus) => void = () => {};

  private constructor(
    dht: DhtService,
    memory: NetworkMemory,
    share: PublishedShare,
    options: PublishOptions,
  ) {
    this.#dht = dht;
    this.#memory = memory;
    this.#share = share;
    this.#options = options;
    this.#salt = saltOf(options.name);
    this.#value = encodePointer({
      infoHash: share.infoHashV1 ?? share.infoHashV2!.subarray(0, 20),
      ...(share.infoHashV2 === undefined ? {} : { infoHashV2: share.infoHashV2 }),
    });
    this.link = publicationLink(options);
  }

  /** Chooses the sequence number: the last one if nothing changed, else one more than the highest known. */
  static async open(
    dht: DhtService,
    memory: NetworkMemory,
    share: PublishedShare,
    options: PublishOptions,
    signal?: AbortSignal,
  ): Promise<Publication> {
    const publication = new Publication(dht, memory, share, options);
    await publication.#chooseSequence(signal);
    return publication;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Puts the item now and from then on. Resolves after the first try. */
  async start(): Promise<void> {
    this.#dht.onNewNeighbour.add(this.#wake);
    await this.#put();
  }

  stop(): void {
    this.#abort.abort();
    this.#dht.onNewNeighbour.delete(this.#wake);
    clearTimeout(this.#timer);
  }

  async #chooseSequence(signal: AbortSignal | undefined): Promise<void> {
    const { key, name } = this.#options;
    const publicKey = toHex(key.publicKey);
    const last = this.#memory.loadPublication(publicKey, name);
    // Another machine may have published with the same key.
    const target = mutableTarget(key.publicKey, this.#salt, nodeHasher);
    const { item } = await this.#dht.getItem(target, { salt: this.#salt, signal });
    const known = Math.max(last?.sequence ?? 0, item?.sequence ?? 0);
    const isPresent =
      item === undefined || item.sequence !== known
        ? last?.sequence === known && last.shareKey === this.#share.key
        : equalBytes(item.value, this.#value);
    this.#sequence = isPresent ? known : known + 1;
    const pieceLength = this.#share.metainfo!.info.pieceLength;
    this.#memory.savePublication({
      publicKey,
      name,
      sequence: this.#sequence,
      shareKey: this.#share.key,
      pieceLength,
    });
  }

  readonly #wake = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#put(), WAKE_MS);
  };

  async #put(): Promise<void> {
    clearTimeout(this.#timer);
    const { signal } = this.#abort;
    const { seed, publicKey } = this.#options.key;
    const signature = signWithSeed(seed, signedBytes(this.#salt, this.#sequence, this.#value));
    const item: Item = {
      value: this.#value,
      key: publicKey,
      salt: this.#salt,
      sequence: this.#sequence,
      signature,
    };
    const results = await this.#dht.putItem(item, { signal }).catch(() => []);
    if (signal.aborted) return;
    const stored = results.reduce((sum, result) => sum + result.stored, 0);
    const isSuperseded = results.some((result) => result.refusal?.code === SEQUENCE_TOO_LOW);
    if (isSuperseded && !this.#isOut) {
      // Nodes have a newer version than `getItem` found: choose a higher number.
      this.#isOut = true;
      await this.#chooseSequence(signal).catch(() => {});
      if (!signal.aborted) await this.#put();
      return;
    }
    this.#isOut ||= stored > 0;
    this.onPut({ sequence: this.#sequence, stored, isSuperseded });
    this.#timer = setTimeout(() => void this.#put(), stored === 0 ? RETRY_MS : REPUT_MS);
    this.#timer.unref();
  }
}
