/**
 * What unit tests run a share on: a peer without sockets, threads or files, and a storage that does what the test says.
 * The swarm machine and its driver are the real ones, without connections.
 */
import { encodeBencode } from '../src/ground/bencode.ts';
import { Bitfield } from '../src/ground/bitfield.ts';
import { IpFilter } from '../src/ground/ip-filter.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { TokenBucket } from '../src/ground/token-bucket.ts';
import { Geometry } from '../src/data/content/geometry.ts';
import { type Metainfo, metainfoFromInfo } from '../src/data/content/metainfo.ts';
import type { ShareStorage, StorageEvents, StorageOptions } from '../src/data/storage/node/share-storage.ts';
import type { ShoalError } from '../src/ground/errors.ts';
import { ConnectionBudget } from '../src/systems/torrents/swarm/core/budget.ts';
import { FrameCache } from '../src/systems/torrents/swarm/node/frame-cache.ts';
import type { PeerContext } from '../src/systems/torrents/share/context.ts';
import { Share } from '../src/systems/torrents/share/share.ts';
import type { ShareSetup } from '../src/systems/torrents/share/options.ts';

export const PIECE_LENGTH: number = 16 * 1024;

/** Two files of two pieces each. */
export function createTestMetainfo({ isPrivate = false }: { readonly isPrivate?: boolean } = {}): Metainfo {
  const files = ['a', 'b'].map((name) => ({ length: 2 * PIECE_LENGTH, path: [name] }));
  const info = encodeBencode({
    files,
    name: 'pair',
    'piece length': PIECE_LENGTH,
    pieces: new Uint8Array(4 * 20),
    private: isPrivate ? 1 : undefined,
  });
  const decoded = metainfoFromInfo(info, nodeHasher);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

/** What the test answers a share that opens its storage. */
export class FakeStorage {
  readonly options: Omit<StorageOptions, 'context'>;
  readonly events: StorageEvents;
  readonly present: Bitfield;
  readonly whole: number[] = [];
  readonly watched: number[] = [];
  readonly guard: object = {};
  readonly resultPath: string = '/out/pair';
  troubles: ShoalError[] = [];
  folder: string;
  torrentsSaved = 0;
  retries = 0;
  closings = 0;
  hasRemovedEdges = false;
  /** Awaited by `settle`, `select` and `close`: a test may put a promise of its own there. */
  settling: Promise<void> = Promise.resolve();
  selecting: Promise<{ lost: readonly number[]; found: readonly number[] }> = Promise.resolve({
    lost: [],
    found: [],
  });
  closing: Promise<void> = Promise.resolve();
  readonly files: object;

  constructor(options: Omit<StorageOptions, 'context'>, present: readonly number[]) {
    this.options = options;
    this.events = options.events;
    this.folder = options.folder;
    const geometry = new Geometry(options.metainfo.info);
    this.present = new Bitfield(geometry.pieceCount);
    for (const piece of present) this.present.add(piece);
    this.files = {
      geometry,
      paths: [
        ['pair', 'a'],
        ['pair', 'b'],
      ],
      finishLinks: async () => {},
      removeEdges: async () => void (this.hasRemovedEdges = true),
    };
  }

  handleWhole(file: number): void {
    this.whole.push(file);
  }
  async watch(file: number): Promise<void> {
    this.watched.push(file);
  }
  settle(): Promise<void> {
    return this.settling;
  }
  select(): Promise<{ lost: readonly number[]; found: readonly number[] }> {
    return this.selecting;
  }
  saveTorrent(): void {
    this.torrentsSaved++;
  }
  retry(): void {
    this.retries++;
  }
  close(): Promise<void> {
    this.closings++;
    return this.closing;
  }
}

/** A peer with one share, and what happened to it. */
export class TestShare {
  readonly share: Share;
  readonly notices: string[] = [];
  /** Locks that are held, and what was done with them. */
  readonly locks: string[] = [];
  /** Hashes that are looked for on the local network. */
  readonly sought: Set<string> = new Set();
  forgotten = 0;
  storage!: FakeStorage;
  /** Answers the share when it opens its storage; pieces 0 to 3 by number. */
  onOpen: (options: Omit<StorageOptions, 'context'>) => Promise<readonly number[]> = async () => [];
  onOpened: (storage: FakeStorage) => void = () => {};
  readonly #lockFailure: ShoalError | undefined;

  constructor(setup: Partial<ShareSetup> = {}, { lockFailure }: { readonly lockFailure?: ShoalError } = {}) {
    this.#lockFailure = lockFailure;
    this.share = new Share(this.#context(), {
      place: { kind: 'fetch', outputDir: '/out' },
      trackers: [],
      ...setup,
    });
    this.share.onNotice = (message) => this.notices.push(message);
  }

  /** The pieces come from the network, are proved and written. */
  receive(...pieces: readonly number[]): void {
    const { driver } = this.share;
    for (const piece of pieces) {
      driver.call((swarm, now) => swarm.handleFound(now, [piece]));
      driver.emit({ type: 'piece', piece });
    }
    driver.call((swarm, now) => swarm.handlePriorities(now, () => 4));
    if (driver.swarm.isComplete) driver.emit({ type: 'complete' });
  }

  #context(): PeerContext {
    const lsd = {
      add: (hash: Uint8Array) => this.sought.add(hash.toString()),
      delete: (hash: Uint8Array) => this.sought.delete(hash.toString()),
    };
    const context = {
      pool: {},
      frames: new FrameCache(),
      openStorage: async (options: Omit<StorageOptions, 'context'>): Promise<ShareStorage> => {
        const present = await this.onOpen(options);
        this.storage = new FakeStorage(options, present);
        this.onOpened(this.storage);
        return this.storage as unknown as ShareStorage;
      },
      state: {
        lock: (key: string, folder: string) => {
          if (this.#lockFailure !== undefined) throw this.#lockFailure;
          this.locks.push(`lock ${key.length} ${folder}`);
        },
        unlock: (key: string, folder: string) => void this.locks.push(`unlock ${key.length} ${folder}`),
        network: { loadGoodPeers: () => [], saveGoodPeers: () => {} },
      },
      trackers: {},
      dht: undefined,
      lsd,
      port: 6881,
      downloadLimit: new TokenBucket(undefined),
      uploadLimit: new TokenBucket(undefined),
      guards: {
        filter: IpFilter.EMPTY,
        usesPex: true,
        mayReachPrivate: false,
        budget: new ConnectionBudget(),
      },
      swarmOptions: {
        prng: createPrng(1),
        hasher: nodeHasher,
        peerId: new Uint8Array(20),
        clientName: 'test',
        listenPort: 6881,
        maxPeers: 10,
        uploadSlots: 4,
        pieceMemoryBytes: 1 << 20,
      },
      forget: () => void this.forgotten++,
    };
    return context as unknown as PeerContext;
  }
}
