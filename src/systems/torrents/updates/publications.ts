/**
 * The publications that the daemon holds (BEP 46): each is a share of the roster that a signed item of the DHT names. They go
 * on after a restart, and their items are put again while the daemon is up.
 */
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { KeyStore } from '../../../host/state/key-store.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { Publication, type PublishedStatus, saltOf } from '../share/publish.ts';
import type { HeldTable, StoredPublication } from '../state/held-table.ts';
import { Listeners } from './listeners.ts';

const DEFAULT_KEY = 'default';
/** A sequence number is chosen without an answer of the DHT after this. */
const READY_MS = 4000;
/** Between tries to open what could not be opened at the start. */
const RETRY_MS = 60_000;

export interface PublishRequest {
  readonly name: string;
  /** The file or folder. */
  readonly path: string;
  /** Of the signing key; the first one is made when there is none. */
  readonly keyName?: string | undefined;
  /** As in the last version when absent. */
  readonly pieceLength?: number | undefined;
  /** Bytes a second, of its share. */
  readonly uploadLimit?: number | undefined;
  /** False: not announced on the local network. */
  readonly usesLsd?: boolean | undefined;
}

/** One that is held. */
export interface HeldPublication {
  readonly stored: StoredPublication;
  /** Undefined while it cannot be opened. */
  readonly publication: Publication | undefined;
  /** What the last put said. */
  readonly put: (PublishedStatus & { readonly at: Date }) | undefined;
  /** Why it cannot be opened. */
  readonly trouble: string | undefined;
}

export interface PublicationsHost {
  readonly roster: Pick<Roster, 'peer' | 'addPath' | 'change' | 'findByHash' | 'resume'>;
  readonly keys: Pick<KeyStore, 'load' | 'loadOrCreate'>;
  readonly table: Pick<HeldTable, 'publications' | 'savePublication' | 'removePublication'>;
}

export class Publications {
  readonly #host: PublicationsHost;
  readonly #held = new Map<number, HeldPublication>();
  readonly #stop = new AbortController();
  readonly listeners: Listeners<HeldPublication> = new Listeners();
  #retry: NodeJS.Timeout | undefined;

  constructor(host: PublicationsHost) {
    this.#host = host;
    for (const stored of host.table.publications())
      this.#held.set(stored.id, { stored, publication: undefined, put: undefined, trouble: undefined });
  }

  get all(): readonly HeldPublication[] {
    return [...this.#held.values()];
  }

  find(id: number): HeldPublication | undefined {
    return this.#held.get(id);
  }

  /** The share that a publication names; undefined when it was removed. */
  entryOf({ stored }: HeldPublication): RosterEntry | undefined {
    return this.#host.roster.findByHash(stored.shareKey);
  }

  /** Opens those of earlier runs, and those that failed, until all are open. */
  start(): void {
    void this.#openAll();
  }

  async #openAll(): Promise<void> {
    for (const id of [...this.#held.keys()]) {
      // It may be published again, or removed, while another is opened.
      const held = this.#held.get(id);
      if (held === undefined || held.publication !== undefined || this.#stop.signal.aborted) continue;
      const { stored } = held;
      await this.#openAgain(stored).catch((error: unknown) => this.#fail(stored, error));
    }
    const isOpen = this.all.every(({ publication }) => publication !== undefined);
    if (isOpen || this.#stop.signal.aborted) return;
    this.#retry = setTimeout(() => void this.#openAll(), RETRY_MS);
    this.#retry.unref();
  }

  #fail(stored: StoredPublication, error: unknown): void {
    const trouble = error instanceof Error ? error.message : String(error);
    const before = this.#held.get(stored.id);
    // A newer version has taken its place: what befell the old one says nothing of it.
    if (before === undefined || before.stored.shareKey !== stored.shareKey) return;
    before.publication?.stop();
    this.#set({ stored, publication: undefined, put: undefined, trouble });
  }

  async #openAgain(stored: StoredPublication): Promise<void> {
    const entry = this.#host.roster.findByHash(stored.shareKey);
    if (entry === undefined)
      throw new ShoalError('not-found', 'its share is no longer here: publish it again');
    await this.#open(stored, entry);
  }

  /**
   * Shares the path as it is now and publishes it. One of the same key and name becomes the new version.
   * @throws ShoalError bad-argument, not-found, unsupported without a DHT, …
   */
  async publish(request: PublishRequest): Promise<HeldPublication> {
    const { name, path, keyName = DEFAULT_KEY, pieceLength, uploadLimit, usesLsd } = request;
    saltOf(name);
    const { roster, keys, table } = this.#host;
    if (roster.peer.dht === undefined)
      throw new ShoalError('unsupported', 'publishing needs the DHT, and this daemon does without it');
    const key = keyName === DEFAULT_KEY ? (await keys.loadOrCreate(keyName)).key : await keys.load(keyName);
    const publicKey = toHex(key.publicKey);
    const last = roster.peer.state.network.loadPublication(publicKey, name);
    // The same pieces as last time, or followers could reuse whole files only.
    const pieces = pieceLength ?? last?.pieceLength;
    const preferences = {
      ...(uploadLimit === undefined ? {} : { uploadLimit }),
      ...(usesLsd === undefined ? {} : { usesLsd }),
    };
    const { entry, isNew } = await roster.addPath(path, { pieceLength: pieces, rereads: true, preferences });
    if (!isNew && uploadLimit !== undefined) roster.change(entry, { uploadLimit });
    if (entry.stored.preferences.isPaused) roster.resume(entry);
    const stored = table.savePublication({ publicKey, name, keyName, shareKey: entry.stored.key });
    const before = this.#held.get(stored.id);
    const none = { publication: undefined, put: undefined, trouble: undefined };
    this.#held.set(stored.id, { ...(before ?? none), stored });
    return this.#open(stored, entry).catch((error: unknown) => {
      this.#fail(stored, error);
      throw error;
    });
  }

  async #open(stored: StoredPublication, entry: RosterEntry): Promise<HeldPublication> {
    const { roster, keys } = this.#host;
    const { dht, state } = roster.peer;
    const { metainfo } = entry;
    if (dht === undefined || metainfo === undefined)
      throw new ShoalError('unsupported', 'publishing needs the DHT, and this daemon does without it');
    const key = await keys.load(stored.keyName);
    if (toHex(key.publicKey) !== stored.publicKey)
      throw new ShoalError('not-found', `the key ${stored.keyName} is another than it was`);
    const { signal } = this.#stop;
    await dht.waitUntilReady(READY_MS, signal);
    const { infoHashV1, infoHashV2 } = metainfo;
    const share = { key: entry.stored.key, infoHashV1, infoHashV2, metainfo };
    const publication = await Publication.open(dht, state.network, share, { key, name: stored.name }, signal);
    const before = this.#held.get(stored.id);
    if (before === undefined || signal.aborted) {
      publication.stop();
      throw new ShoalError('aborted', 'the publication was removed meanwhile');
    }
    if (before.stored.shareKey !== stored.shareKey) {
      publication.stop();
      throw new ShoalError('aborted', 'a newer version was published meanwhile');
    }
    before.publication?.stop();
    const held = { stored, publication, put: undefined, trouble: undefined };
    this.#set(held);
    publication.onPut = (status) => {
      const now = this.#held.get(stored.id);
      if (now?.publication === publication) this.#set({ ...now, put: { ...status, at: new Date() } });
    };
    void publication.start();
    return held;
  }

  /** Signs it no more; its share stays. */
  remove(id: number): void {
    this.#held.get(id)?.publication?.stop();
    this.#held.delete(id);
    this.#host.table.removePublication(id);
    this.listeners.tellRemoved(id);
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#retry);
    for (const { publication } of this.#held.values()) publication?.stop();
  }

  #set(held: HeldPublication): void {
    this.#held.set(held.stored.id, held);
    this.listeners.tell(held.stored.id, held);
  }
}
