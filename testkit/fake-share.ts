/**
 * A share for unit tests: a peer without sockets, threads or files, and a storage that obeys the test.
 * The swarm machine and its driver are the real ones, without connections.
 */
import { encodeBencode } from '../src/ground/bencode.ts';
import { Bitfield } from '../src/ground/bitfield.ts';
import { NO_FILTER } from '../src/ground/filter.ts';
import { systemClock } from '../src/ground/node/clock.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';
import { TokenBucket } from '../src/ground/token-bucket.ts';
import { Geometry } from '../src/data/content/geometry.ts';
import { type Metainfo, metainfoFromInfo } from '../src/data/content/metainfo.ts';
import type { ShareStorage } from '../src/data/storage/node/share-storage.ts';
import type { StorageEvents, StorageOptions } from '../src/data/storage/node/storage-options.ts';
import type { ShoalError } from '../src/ground/errors.ts';
import type { StateDb } from '../src/systems/torrents/state/state-db.ts';
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

/** The answer of the test to a share that opens its storage. */
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

  handleComplete(file: number): void {
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

/** The calls of the shares of a fake context. Their storage opens at once and is empty. */
export class FakeHost {
  /** The calls about locks. */
  readonly locks: string[] = [];
  lockFailure: ShoalError | undefined;
  /** Hashes that are looked for on the local network. */
  readonly sought: Set<string> = new Set();
  /** The one that was opened last. */
  storage!: FakeStorage;
  /** Answers a share that opens its storage: the pieces that are here, 0 to 3. */
  onOpen: (options: Omit<StorageOptions, 'context'>) => Promise<readonly number[]> = async () => [];
  onOpened: (storage: FakeStorage) => void = () => {};
  onStopped: (share: object) => void = () => {};
}

/** A peer with one share, and what happened to it. */
export class TestShare extends FakeHost {
  readonly share: Share;
  readonly notices: string[] = [];
  forgotten = 0;

  constructor(setup: Partial<ShareSetup> = {}, { lockFailure }: { readonly lockFailure?: ShoalError } = {}) {
    super();
    this.lockFailure = lockFailure;
    this.onStopped = () => void this.forgotten++;
    this.share = new Share(createFakeContext(this), {
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
}

/** @param state a real one, where that is what is tested */
export function createFakeContext(host: FakeHost, state?: StateDb): PeerContext {
  const lsd = {
    add: (hash: Uint8Array) => host.sought.add(hash.toString()),
    delete: (hash: Uint8Array) => host.sought.delete(hash.toString()),
  };
  const context = {
    clock: systemClock,
    transport: { reaches: () => false },
    fetch: {},
    pool: {},
    frames: new FrameCache(),
    openStorage: async (options: Omit<StorageOptions, 'context'>): Promise<ShareStorage> => {
      const present = await host.onOpen(options);
      const storage = new FakeStorage(options, present);
      host.storage = storage;
      host.onOpened(storage);
      return storage as unknown as ShareStorage;
    },
    state: state ?? {
      lock: (key: string, folder: string) => {
        if (host.lockFailure !== undefined) throw host.lockFailure;
        host.locks.push(`lock ${key.length} ${folder}`);
      },
      unlock: (key: string, folder: string) => void host.locks.push(`unlock ${key.length} ${folder}`),
      torrentOf: () => undefined,
      shares: { has: () => false, get: () => undefined, findInPlace: () => [] },
      network: { loadGoodPeers: () => [], saveGoodPeers: () => {} },
    },
    trackers: {},
    dht: undefined,
    lsd,
    port: 6881,
    downloadLimit: new TokenBucket(undefined),
    uploadLimit: new TokenBucket(undefined),
    filter: NO_FILTER,
    carriers: { choice: 'both' },
    guards: {
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
    forget: (share: object) => void host.onStopped(share),
  };
  return context as unknown as PeerContext;
}
