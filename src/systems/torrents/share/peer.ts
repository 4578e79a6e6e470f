/**
 * A running peer: one listening port, one pool of hashing threads, one state folder, any number of shares. This is the
 * library's face; the command line is made of it.
 */
import { resolve } from 'node:path';
import { Geometry } from '../../../data/content/geometry.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import { ShareFiles } from '../../../data/storage/node/share-files.ts';
import type { ProvedData } from '../../../data/storage/node/storage-options.ts';
import { verifyFiles, type VerifyReport } from '../../../data/storage/node/verify.ts';
import type { Address } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type Filter, NO_FILTER, type Occasion } from '../../../ground/filter.ts';
import { systemClock } from '../../../ground/node/clock.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createSecretPrng } from '../../../ground/node/random.ts';
import type { TokenBucket } from '../../../ground/token-bucket.ts';
import type { StateDb } from '../state/state-db.ts';
import { DEFAULT_ENCRYPTION, type EncryptionPolicy } from '../../../net/encryption/core/policy.ts';
import { Encryption } from '../../../net/encryption/node/encryption.ts';
import { networkNameOf } from '../../../net/dht/node/network-key.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import type { TransportChoice } from '../../../net/link/core/raced.ts';
import { ownAddresses } from '../../../net/link/node/own-addresses.ts';
import type { PeerContext, PeerGuards } from './context.ts';
import { describePath, findWhole, type WholeShare } from './in-place.ts';
import { type IncomingLink, IncomingLinks } from '../swarm/node/incoming.ts';
import { addKnownLayers, findMetadata } from './known-torrents.ts';
import { readLink, type TorrentFile } from './link-source.ts';
import { type OpenedContext, openContext } from './open-context.ts';
import type {
  DhtSetup,
  GetOptions,
  PeerOptions,
  SeedOptions,
  SharePathOptions,
  ShareSetup,
} from './options.ts';
import { denialOf, keepToRules, takesHandshake } from './rule-gate.ts';
import { Share } from './share.ts';

/** @throws ShoalError port-in-use, state-broken, no-permission */
export async function createPeer(options: PeerOptions = {}): Promise<ShoalPeer> {
  return ShoalPeer.open(options);
}

export class ShoalPeer {
  readonly #opened: OpenedContext;
  readonly #context: PeerContext;
  readonly #shares = new Set<Share>();
  /** By hex of what handshakes name. */
  readonly #byHash = new Map<string, Share>();
  readonly #incoming: IncomingLinks;
  readonly #encryption: Encryption;
  #closing: Promise<void> | undefined;
  #stopWatching: () => void = () => {};

  private constructor(opened: OpenedContext, incoming: IncomingLinks, encryption: Encryption) {
    this.#opened = opened;
    this.#context = opened.context;
    this.#incoming = incoming;
    this.#encryption = encryption;
  }

  /** Used by `createPeer`. @param open another one in tests */
  static async open(options: PeerOptions, open: typeof openContext = openContext): Promise<ShoalPeer> {
    let peer: ShoalPeer | undefined;
    /** The share that takes links under that name, unless a rule denies it. */
    const findOpen = (infoHash: Uint8Array): Share | undefined => {
      if (!takesHandshake(options.filter ?? NO_FILTER, infoHash)) return undefined;
      const share = peer?.find(infoHash);
      return share?.takesLinks === true ? share : undefined;
    };
    const encryption = new Encryption({
      policy: DEFAULT_ENCRYPTION,
      clock: systemClock,
      hasher: nodeHasher,
      createSecretPrng,
      skeys: () => peer?.shares.flatMap(handshakeHashesOf) ?? [],
      takes: (skey) => findOpen(skey) !== undefined,
    });
    const route = (link: IncomingLink): boolean => {
      const share = findOpen(link.handshake.infoHash);
      // Both handshakes name the same share.
      if (share === undefined || (link.skey !== undefined && peer?.find(link.skey) !== share)) return false;
      share.driver.acceptLink(link);
      return true;
    };
    const incoming = new IncomingLinks(systemClock, route, encryption);
    const opened = await open(options, {
      encryption,
      onLink: (link, address) => incoming.accept(link, address),
      onLocalPeer: (infoHash, address) => peer?.find(infoHash)?.addPeers([address], 'local'),
      onStopped: (share) => {
        if (peer !== undefined) peer.#forget(share as Share);
      },
    });
    peer = new ShoalPeer(opened, incoming, encryption);
    const running = peer;
    running.#stopWatching = keepToRules(running.filter, () => running.#shares);
    const { signal } = opened.options;
    signal?.addEventListener('abort', () => void peer.close(), { once: true });
    return peer;
  }

  get port(): number {
    return this.#context.port;
  }

  /** Bytes a second, of all shares together; Infinity for none. */
  get limits(): { readonly download: number; readonly upload: number } {
    const { downloadLimit, uploadLimit } = this.#context;
    return { download: downloadLimit.rate, upload: uploadLimit.rate };
  }

  setLimits(limits: { readonly download: number; readonly upload: number }): void {
    this.#context.downloadLimit.setRate(limits.download);
    this.#context.uploadLimit.setRate(limits.upload);
  }

  /** Bytes of the cache of sent blocks, which all connections share. */
  setCache(bytes: number): void {
    this.#context.frames.setLimit(bytes);
  }

  /** A peer of another network has connected to us since the start. */
  get wasReached(): boolean {
    return this.#incoming.wasReached;
  }

  /** Whom we talk to, and how many of them. */
  get guards(): PeerGuards {
    return this.#context.guards;
  }

  /** Which connections are encrypted; a change is for those that come. */
  get encryption(): EncryptionPolicy {
    return this.#encryption.policy;
  }

  setEncryption(policy: EncryptionPolicy): void {
    this.#encryption.policy = policy;
  }

  /** Over what peers are reached and reach us; a change is for connections that come. */
  get transports(): TransportChoice {
    return this.#context.carriers.choice;
  }

  setTransports(choice: TransportChoice): void {
    this.#context.carriers.choice = choice;
  }

  /** What is not fetched, served or talked to. */
  get filter(): Filter {
    return this.#context.filter;
  }

  /** A rule that denies a share; undefined when it may run. */
  denialOf(infoHashes: readonly (Uint8Array | undefined)[], occasion: Occasion): ShoalError | undefined {
    return denialOf(this.filter, infoHashes, occasion);
  }

  /** What the limits of all shares are part of. */
  get buckets(): { readonly download: TokenBucket; readonly upload: TokenBucket } {
    return { download: this.#context.downloadLimit, upload: this.#context.uploadLimit };
  }

  /** The DHT service; undefined when it is switched off. */
  get dht(): DhtService | undefined {
    return this.#context.dht;
  }

  /** Which DHT it is in, and where it begins; undefined when it is switched off. */
  get dhtSetup(): DhtSetup | undefined {
    if (this.dht === undefined) return undefined;
    const { dht } = this.#opened.options;
    const { networkSecret, routers } = typeof dht === 'object' ? dht : {};
    return { network: networkNameOf(networkSecret), routers: routers ?? null };
  }

  /** Peers of the local network are looked for. */
  get usesLsd(): boolean {
    return this.#context.lsd !== undefined;
  }

  get shares(): readonly Share[] {
    return [...this.#shares];
  }

  /** The share with that info hash: v1, or v2 truncated to 20 bytes. */
  find(infoHash: Uint8Array): Share | undefined {
    return this.#byHash.get(toHex(infoHash));
  }

  /** The same, by 40 digits of hex. */
  findByHex(hash: string): Share | undefined {
    return this.#byHash.get(hash);
  }

  #forget(share: Share): void {
    this.#shares.delete(share);
    for (const hash of handshakeHashesOf(share)) {
      const name = toHex(hash);
      if (this.#byHash.get(name) !== share) continue;
      this.#byHash.delete(name);
      this.#encryption.engine?.deleteShare(hash);
    }
  }

  /** Our addresses as machines of the same network can use them; loopback when there is no network. */
  ownAddresses(): Address[] {
    return ownAddresses(this.port);
  }

  /**
   * Offers a file or folder in place. What was shared before and has not changed is not hashed again.
   * @throws ShoalError
   */
  async share(path: string, options: SharePathOptions = {}): Promise<Share> {
    return this.shareWhole(await this.describe(path, options), options);
  }

  /** What `share` would offer: hashed, or as it was hashed before. Nothing is shared yet. @throws ShoalError */
  describe(path: string, options: SharePathOptions = {}): Promise<WholeShare> {
    return describePath(this.#context, path, options);
  }

  /** Offers what was described. @throws ShoalError */
  shareWhole(whole: WholeShare, options: SharePathOptions = {}): Promise<Share> {
    return this.#seed(whole, options.announce ?? addTiers([], options.trackers), options);
  }

  /**
   * Seeds the data of a torrent that lies in `dir` (which holds the torrent's file or folder, or is that folder).
   * @throws ShoalError data-mismatch when the data is not whole
   */
  async seed(torrent: Metainfo | TorrentFile, dir: string, options: SeedOptions = {}): Promise<Share> {
    const file = 'metainfo' in torrent ? torrent : undefined;
    const metainfo = 'metainfo' in torrent ? torrent.metainfo : torrent;
    const layers = metainfo.pieceLayers.size;
    addKnownLayers(this.#context.state, metainfo, dir);
    const whole = await findWhole(this.#context, metainfo, dir, options);
    const tiers = options.announce ?? addTiers(metainfo.trackers, options.trackers);
    const isSame = metainfo.pieceLayers.size === layers && isSameTiers(tiers, metainfo.trackers);
    return this.#seed({ ...whole, torrent: isSame ? file?.bytes : undefined }, tiers, options);
  }

  #seed(
    { metainfo, place, proved, torrent }: WholeShare & Pick<ShareSetup, 'torrent'>,
    trackers: readonly (readonly string[])[],
    { isSuperSeeding, downloadLimit, uploadLimit, usesDht, usesLsd, signal }: SharePathOptions,
  ): Promise<Share> {
    const own = { downloadLimit, uploadLimit, usesDht, usesLsd };
    const setup = { ...own, metainfo, torrent, place, trackers, isSuperSeeding: isSuperSeeding === true };
    return this.#add(new Share(this.#context, setup), proved, signal);
  }

  /** So many bytes will be fetched or checked: what hashes them gets ready now, beside all else that is to be done first. */
  warm(bytes: number): void {
    this.#context.pool.warm(bytes);
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its http address; or what a torrent in hand
   * describes. Resolves when the search for peers has begun; await `done` of the share for the data.
   * @throws ShoalError
   */
  async get(link: string | TorrentFile, options: GetOptions = {}): Promise<Share> {
    const source =
      typeof link === 'string' ? await readLink(link, { signal: options.signal, filter: this.filter }) : link;
    const outputDir = resolve(options.outputDir ?? '.');
    const magnet = 'magnet' in source ? source.magnet : undefined;
    const metainfo =
      'metainfo' in source ? source.metainfo : findMetadata(this.#context, source.magnet, outputDir);
    const hasNewLayers = metainfo !== undefined && addKnownLayers(this.#context.state, metainfo, outputDir);
    const own = metainfo?.trackers ?? [];
    const trackers =
      options.announce ?? addTiers(own, [...(magnet?.trackers ?? []), ...(options.trackers ?? [])]);
    const isSame = !hasNewLayers && isSameTiers(trackers, own);
    const ranges = magnet?.selectOnly;
    const share = new Share(this.#context, {
      ...options,
      metainfo,
      magnet,
      place: { kind: 'fetch', outputDir },
      torrent: 'metainfo' in source && isSame ? source.bytes : undefined,
      trackers,
      select: options.select ?? (ranges === undefined ? undefined : selectRanges(ranges)),
      peers: [...(magnet?.peers ?? []), ...(options.peers ?? [])],
      isSequential: options.isSequential === true,
    });
    return this.#add(share, undefined, options.signal);
  }

  async #add(share: Share, proved: ProvedData | undefined, signal: AbortSignal | undefined): Promise<Share> {
    const twin = this.find(share.infoHashV1 ?? share.infoHashV2!.subarray(0, 20));
    if (twin !== undefined)
      throw new ShoalError('directory-in-use', `"${twin.name}" runs in this peer already`);
    const denial = this.denialOf([share.infoHashV1, share.infoHashV2], 'share');
    if (denial !== undefined) throw denial;
    this.#shares.add(share);
    for (const hash of handshakeHashesOf(share)) {
      this.#byHash.set(toHex(hash), share);
      this.#encryption.engine?.addShare(hash);
    }
    signal?.addEventListener('abort', () => void share.stop(), { once: true });
    try {
      await share.start(proved);
    } catch (error) {
      await share.stop();
      throw error;
    }
    return share;
  }

  /** What this peer remembers between runs. */
  get state(): StateDb {
    return this.#context.state;
  }

  /**
   * Checks the data of a torrent that lies in `dir`, without sharing it.
   * @throws ShoalError not-found, aborted
   */
  async verify(
    metainfo: Metainfo,
    dir: string,
    options: Pick<SharePathOptions, 'signal' | 'onProgress'> = {},
  ): Promise<VerifyReport & { readonly path: string }> {
    const { handles, pool: prover } = this.#context;
    const { path, diskPaths } = await locate(handles.disk, metainfo.info, dir);
    const files = this.filesInPlace(metainfo, diskPaths);
    return { path, ...(await verifyFiles({ metainfo, files, prover, ...options })) };
  }

  /** Files of a share that lie in place, for reading. */
  filesInPlace(metainfo: Metainfo, diskPaths: (string | undefined)[]): ShareFiles {
    return ShareFiles.inPlace(new Geometry(metainfo.info), diskPaths, this.#context.handles);
  }

  /** Stops every share, then the listener and the threads. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopWatching();
    await Promise.all([...this.#shares].map((share) => share.stop()));
    this.#incoming.close();
    await this.#opened.close();
  }
}

type Tiers = readonly (readonly string[])[];

/** Those that are in none of the tiers follow in one each. */
function addTiers(tiers: Tiers, urls: readonly string[] = []): Tiers {
  const known = new Set(tiers.flat());
  const added = [...new Set(urls)].filter((url) => !known.has(url));
  return [...tiers, ...added.map((url) => [url])];
}

const isSameTiers = (a: Tiers, b: Tiers): boolean =>
  a === b || (a.length === b.length && a.every((tier, at) => tier.join('\n') === b[at]!.join('\n')));

function selectRanges(
  ranges: readonly (readonly [number, number])[],
): (metainfo: Metainfo) => ReadonlySet<number> {
  return ({ info }) => {
    const wanted = new Set<number>();
    for (const index of info.files.keys()) {
      if (ranges.some(([first, last]) => index >= first && index <= last)) wanted.add(index);
    }
    return wanted;
  };
}

/** What peers may call it in their handshakes. */
function handshakeHashesOf({ infoHashV1, infoHashV2 }: Share): Uint8Array[] {
  return [infoHashV1, infoHashV2?.subarray(0, 20)].filter((hash) => hash !== undefined);
}
