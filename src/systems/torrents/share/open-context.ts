/**
 * Opens what all shares of one peer have in common, and closes it again: the state folder, the ports that peers and nodes
 * reach us on, discovery, and the threads that prove pieces.
 *
 * Invariant: what was opened is closed when a later step fails, and the state folder is closed last.
 */
import { resolve } from 'node:path';
import { FileHandles } from '../../../data/disk/file-handles.ts';
import { PiecePool } from '../../../data/disk/piece-pool.ts';
import { ShareStorage } from '../../../data/storage/node/share-storage.ts';
import type { StorageContext } from '../../../data/storage/node/storage-options.ts';
import type { Address } from '../../../ground/address.ts';
import { denyHostText, type Filter, NO_FILTER } from '../../../ground/filter.ts';
import { systemClock } from '../../../ground/node/clock.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createSecretPrng, createSystemPrng, randomBytes } from '../../../ground/node/random.ts';
import type { Acceptor, Transport } from '../../../ground/ports.ts';
import { TokenBucket } from '../../../ground/token-bucket.ts';
import { PEER_ID_PREFIX, USER_AGENT, VERSION } from '../../../ground/version.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import { StateDb } from '../state/state-db.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { DEFAULT_ENCRYPTION, dialsEncrypted } from '../../../net/encryption/core/policy.ts';
import type { Encryption } from '../../../net/encryption/node/encryption.ts';
import { type DhtOptions, startDht } from '../../../net/dht/node/start.ts';
import { FilteredTransport, filterDatagrams } from '../../../net/link/core/filtered.ts';
import { RacedTransport } from '../../../net/link/core/raced.ts';
import { createHttpFetch } from '../../../net/link/node/fetch.ts';
import { TcpTransport } from '../../../net/link/node/tcp.ts';
import { UdpPorts } from '../../../net/link/node/udp.ts';
import { LsdService } from '../../../net/lsd/node/service.ts';
import { TrackerClient } from '../../../net/tracker/node/client.ts';
import { UtpOnDemand } from '../../../net/utp/node/on-demand.ts';
import { ConnectionBudget } from '../swarm/core/budget.ts';
import { MixedMode } from '../swarm/core/mixed-mode.ts';
import { FrameCache } from '../swarm/node/frame-cache.ts';
import type { PeerContext, PeerGuards } from './context.ts';
import type { PeerOptions } from './options.ts';

const DEFAULT_MAX_PEERS = 100;
const DEFAULT_UPLOAD_SLOTS = 20;
/** Pieces in memory per share that is fetched. */
const PIECE_MEMORY_BYTES = 24 * 1024 * 1024;

/** What the peer brings: the encryption of its links; events that name a share, or do not belong to one yet. */
export interface ContextEvents {
  readonly encryption: Encryption;
  readonly onLink: Acceptor;
  /** A peer of the local network announced that share. */
  readonly onLocalPeer: (infoHash: Uint8Array, address: Address) => void;
  /** A share has stopped. */
  readonly onStopped: (share: object) => void;
}

export interface OpenedContext {
  readonly context: PeerContext;
  /** Those given, and what the state folder said instead. */
  readonly options: PeerOptions;
  /** When all shares have stopped. */
  close(): Promise<void>;
}

interface Ports {
  /** What listens. */
  readonly tcp: TcpTransport;
  readonly udp: UdpPorts;
  readonly utp: UtpOnDemand;
  /** How peers are reached: over both, without denied addresses. */
  readonly raced: RacedTransport;
  readonly transport: Transport;
  readonly dht: DhtService | undefined;
  readonly lsd: LsdService | undefined;
}

/** @throws ShoalError port-in-use, state-broken, state-in-use, no-permission */
export async function openContext(given: PeerOptions, events: ContextEvents): Promise<OpenedContext> {
  const { claimed, stateDir = defaultStateDir() } = given;
  const state = claimed === undefined ? StateDb.claim(resolve(stateDir)) : StateDb.of(claimed);
  const options = { ...given, ...given.remembered?.(state) };
  let ports: Ports;
  try {
    ports = await openPorts(options, state, events);
  } catch (error) {
    state.close();
    throw error;
  }
  const { encryption } = events;
  encryption.policy = options.encryption ?? DEFAULT_ENCRYPTION;
  const { tcp, udp, utp, raced, transport, dht, lsd } = ports;
  const { port } = tcp;
  const { filter = NO_FILTER } = options;
  const guards = createGuards();
  const storage = createStorageContext(state);
  const { pool, handles } = storage;
  const trackers = new TrackerClient(USER_AGENT, filterDatagrams(udp.channel('tracker'), filter), {
    mayReachPrivate: () => guards.mayReachPrivate,
    encryption: () => encryption.policy,
    filter,
  });
  const context: PeerContext = {
    clock: systemClock,
    transport,
    encryption,
    carriers: raced,
    fetch: createHttpFetch(filter),
    pool,
    frames: new FrameCache(),
    handles,
    openStorage: (storageOptions) => ShareStorage.open({ ...storageOptions, context: storage.context }),
    state,
    trackers,
    dht,
    lsd,
    port,
    downloadLimit: new TokenBucket(options.downloadLimit),
    uploadLimit: new TokenBucket(options.uploadLimit),
    guards,
    filter,
    swarmOptions: {
      prng: storage.context.prng,
      budget: guards.budget,
      isBlocked: (host) => denyHostText(filter, host, 'peer') !== undefined,
      mixed: new MixedMode(),
      usesPex: () => guards.usesPex,
      dialsEncrypted: (known) => dialsEncrypted(encryption.policy, known),
      hasher: nodeHasher,
      peerId: createPeerId(),
      clientName: `Shoal ${VERSION}`,
      listenPort: port,
      dhtPort: dht === undefined ? undefined : (udp.portOf(4) ?? udp.portOf(6)),
      maxPeers: options.maxPeers ?? DEFAULT_MAX_PEERS,
      uploadSlots: options.uploadSlots ?? DEFAULT_UPLOAD_SLOTS,
      pieceMemoryBytes: PIECE_MEMORY_BYTES,
    },
    forget: events.onStopped,
  };
  const close = async (): Promise<void> => {
    lsd?.close();
    dht?.close();
    trackers.close();
    utp.close();
    udp.close();
    await Promise.all([tcp.close(), pool.close()]);
    handles.closeAll();
    state.close();
  };
  return { context, options, close };
}

async function openPorts(options: PeerOptions, state: StateDb, events: ContextEvents): Promise<Ports> {
  const tcp = await TcpTransport.listen(options);
  const { filter } = options;
  let udp: UdpPorts | undefined;
  let dht: DhtService | undefined;
  try {
    // The same number as TCP where it is free: peers take it for granted. Any other works as well.
    udp = await UdpPorts.open(tcp.port, options.host).catch(() => UdpPorts.open(0, options.host));
    const datagrams = udp.channel('utp');
    const utp = new UtpOnDemand({
      datagrams: filter === undefined ? datagrams : filterDatagrams(datagrams, filter),
      clock: systemClock,
      prng: createSecretPrng(),
    });
    const choice = options.transports ?? 'both';
    const raced = new RacedTransport({ tcp, utp, clock: systemClock, choice });
    const transport = filter === undefined ? raced : new FilteredTransport(raced, filter, systemClock);
    transport.setAcceptor(events.onLink);
    if (options.dht !== false) dht = startDht(udp, state, { ...dhtOptionsOf(options), filter });
    const lsd = options.lsd === false ? undefined : await openLsd({ port: tcp.port, dht, events, filter });
    return { tcp, udp, utp, raced, transport, dht, lsd };
  } catch (error) {
    dht?.close();
    udp?.close();
    await tcp.close();
    throw error;
  }
}

const dhtOptionsOf = ({ dht }: PeerOptions): DhtOptions => (typeof dht === 'object' ? dht : {});

interface LsdParts {
  readonly port: number;
  readonly dht: DhtService | undefined;
  readonly events: ContextEvents;
  readonly filter: Filter | undefined;
}

/** Neighbours' announces go to the share that they are for. */
function openLsd({ port, dht, events, filter }: LsdParts): Promise<LsdService> {
  return LsdService.open({
    port,
    filter,
    onPeer: (infoHash, address) => {
      events.onLocalPeer(infoHash, address);
      // Its DHT node, if it has one, is on the same port.
      dht?.addNode('local', address.host, address.port);
    },
  });
}

function createGuards(): PeerGuards {
  return { usesPex: true, mayReachPrivate: false, budget: new ConnectionBudget() };
}

function createPeerId(): Uint8Array {
  const peerId = randomBytes(20);
  peerId.set(new TextEncoder().encode(PEER_ID_PREFIX));
  return peerId;
}

function createStorageContext(state: StateDb): {
  readonly pool: PiecePool;
  readonly handles: FileHandles;
  readonly context: StorageContext;
} {
  const pool = new PiecePool();
  const handles = new FileHandles();
  const { shares: records, torrents, journalsFolder, edgesFolder } = state;
  const own = { records, torrents, journalsFolder, edgesFolder };
  const context = { ...own, prover: pool, handles, prng: createSystemPrng(), clock: systemClock };
  return { pool, handles, context };
}
