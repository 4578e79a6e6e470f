/**
 * How one share finds peers and tells others that it is there: its trackers, the DHT, the local network, and the peers
 * that let us in the last time.
 *
 * Invariant: a private share uses its trackers alone (BEP 27). A bare link does not say whether its share is private, so the
 * other ways end as soon as the metadata says that it is.
 */
import { type Address, formatHost, isInternetAddress } from '../../../ground/address.ts';
import { isLocalName } from '../../../net/link/node/web-access.ts';
import type { PeerSource } from '../swarm/core/peer-pool.ts';
import type { Swarm } from '../swarm/core/swarm.ts';
import type { TrackerStatus } from '../../../net/tracker/core/announcer.ts';
import { AnnounceDriver } from '../../../net/tracker/node/client.ts';
import { LEFT_UNKNOWN } from '../../../net/tracker/wire/announce.ts';
import type { PeerContext } from './context.ts';
import { DhtFinder, type DhtFinderStatus } from './dht-finder.ts';
import type { SearchWays } from './options.ts';

/** With fewer connections than this, trackers and the DHT are asked for more. */
const SHORTAGE_PEERS = 10;

export interface PeerSearchOptions {
  /** Key of the remembered peer addresses. */
  readonly key: string;
  readonly infoHashV1: Uint8Array | undefined;
  readonly infoHashV2: Uint8Array | undefined;
  /** Tiers, as in BEP 12. */
  readonly trackers: readonly (readonly string[])[];
  /** This share is not looked for in the DHT, or on the local network. */
  readonly ways?: SearchWays | undefined;
  readonly swarm: Swarm;
  /** Bytes still wanted; undefined while the metadata is unknown. */
  readonly leftBytes: () => number | undefined;
  readonly onPeers: (peers: readonly Address[], source: PeerSource) => void;
}

export class PeerSearch {
  readonly #peer: PeerContext;
  readonly #options: PeerSearchOptions;
  #trackers: readonly (readonly string[])[];
  #announcer: AnnounceDriver | undefined;
  #dhtFinder: DhtFinder | undefined;
  /** Info hashes that are announced on the local network. */
  #localHashes: readonly Uint8Array[] = [];
  #isStopped = false;

  constructor(peer: PeerContext, options: PeerSearchOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#trackers = options.trackers;
  }

  get trackers(): readonly (readonly string[])[] {
    return this.#trackers;
  }

  get trackerStatus(): TrackerStatus[] {
    return this.#announcer?.status() ?? [];
  }

  get dhtStatus(): DhtFinderStatus | undefined {
    return this.#dhtFinder?.status;
  }

  /** Asks the trackers from now on. */
  startAnnouncing(): void {
    if (this.#trackers.length === 0 || this.#announcer !== undefined || this.#isStopped) return;
    const { infoHashV1, infoHashV2, swarm, onPeers } = this.#options;
    const { port } = this.#peer;
    this.#announcer = new AnnounceDriver(this.#peer.trackers, {
      tiers: this.#trackers,
      infoHash: infoHashV1 ?? infoHashV2!.subarray(0, 20),
      peerId: this.#peer.swarmOptions.peerId,
      port,
      counters: () => this.#announceCounters(),
      onPeers: (peers) => onPeers(peers, 'tracker'),
      // A tracker of our own network sees an address that means nothing to peers elsewhere.
      onExternalIp: (host) => {
        if (!isLocalName(formatHost(host))) swarm.pool.setOwnAddress(host, port);
      },
    });
    this.#announcer.start();
  }

  /** Asks the DHT, the local network and remembered peers from now on. Not for private shares. */
  startFinding(nodes: readonly Address[]): void {
    if (this.#isStopped) return;
    const { state, port } = this.#peer;
    const { key, infoHashV1, infoHashV2, swarm, onPeers, ways } = this.#options;
    const dht = ways?.usesDht === false ? undefined : this.#peer.dht;
    const lsd = ways?.usesLsd === false ? undefined : this.#peer.lsd;
    for (const node of nodes) dht?.addNode('torrent', node.host, node.port);
    onPeers(state.network.loadGoodPeers(key), 'memory');
    const infoHashes = [infoHashV1, infoHashV2?.subarray(0, 20)].filter((hash) => hash !== undefined);
    if (dht !== undefined) {
      this.#dhtFinder = new DhtFinder(dht, {
        infoHashes,
        port,
        isSeed: () => swarm.isComplete,
        isShortOfPeers: () => !swarm.isComplete && swarm.peers.size < SHORTAGE_PEERS,
        onPeers: (peers) => onPeers(peers, 'dht'),
      });
      this.#dhtFinder.start();
    }
    if (lsd === undefined) return;
    this.#localHashes = infoHashes;
    for (const infoHash of infoHashes) lsd.add(infoHash);
  }

  /** The metadata says that the share is private. */
  stopFinding(): void {
    this.#dhtFinder?.stop();
    this.#dhtFinder = undefined;
    for (const infoHash of this.#localHashes) this.#peer.lsd?.delete(infoHash);
    this.#localHashes = [];
  }

  /** Announces to these from now on, and to no others. */
  async setTrackers(tiers: readonly (readonly string[])[]): Promise<void> {
    const before = this.#announcer;
    this.#announcer = undefined;
    this.#trackers = tiers;
    this.startAnnouncing();
    await before?.stop();
  }

  /** Asks the trackers now. */
  reannounce(): void {
    this.#announcer?.announceNow();
  }

  /** We became a seed. */
  handleCompleted(): void {
    this.#announcer?.handleCompleted();
    this.#dhtFinder?.handleCompleted();
    this.#rememberPeers();
  }

  /** Resolves when the trackers know, or do not answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.stopFinding();
    this.#rememberPeers();
    await this.#announcer?.stop();
  }

  /** Saves the addresses of open connections for the next start. */
  #rememberPeers(): void {
    const { swarm, key } = this.#options;
    if (swarm.isPrivate) return;
    const open = [...swarm.peers.values()].filter((peer) => peer.isOpen);
    const good = open
      .map((peer) => peer.listenAddress)
      .filter((address) => address !== undefined)
      .filter(isInternetAddress);
    if (good.length > 0) this.#peer.state.network.saveGoodPeers(key, good);
  }

  #announceCounters(): { uploaded: number; downloaded: number; left: number; isShortOfPeers: boolean } {
    const { swarm, leftBytes } = this.#options;
    const left = leftBytes() ?? LEFT_UNKNOWN;
    const isShortOfPeers = left > 0 && swarm.peers.size < SHORTAGE_PEERS;
    return { uploaded: swarm.uploaded.total, downloaded: swarm.downloaded.total, left, isShortOfPeers };
  }
}
