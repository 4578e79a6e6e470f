/**
 * A running peer: one listening port, one pool of hashing threads, one state folder, any number of shares. This is the
 * library's face; the command line is made of it.
 */
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Magnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, hasAllLayers, type Metainfo } from '../../../data/content/metainfo.ts';
import { Geometry } from '../../../data/content/geometry.ts';
import { createMetainfo } from '../../../data/content/node/create.ts';
import { FileHandles } from '../../../data/disk/file-handles.ts';
import { PiecePool } from '../../../data/disk/piece-pool.ts';
import { scanPath } from '../../../data/content/node/scan.ts';
import type { Address } from '../../../ground/address.ts';
import { Bitfield } from '../../../ground/bitfield.ts';
import { equalBytes, toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { IpFilter } from '../../../ground/ip-filter.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createSystemPrng, randomBytes } from '../../../ground/node/random.ts';
import { TokenBucket } from '../../../ground/token-bucket.ts';
import { type Listener, listenTcp } from '../../../net/link/node/tcp.ts';
import { UdpPorts } from '../../../net/link/node/udp.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { LsdService } from '../../../net/lsd/node/service.ts';
import { FrameCache } from '../swarm/node/frame-cache.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import { ShareFiles } from '../../../data/storage/node/share-files.ts';
import { isUntouched } from '../../../data/storage/node/resume.ts';
import { ConnectionBudget } from '../swarm/core/budget.ts';
import { defaultStateDir, StateDb } from '../../../host/state/state-db.ts';
import { systemClock } from '../../../data/storage/node/stall-watch.ts';
import { type FileReport, verifyFiles, type VerifyReport } from '../../../data/storage/node/verify.ts';
import { TrackerClient } from '../../../net/tracker/node/client.ts';
import type { PeerContext, PeerGuards } from './context.ts';
import { startDht } from '../../../net/dht/node/start.ts';
import { IncomingLinks } from './incoming.ts';
import { readLink } from './link-source.ts';
import { ownAddresses } from '../../../net/link/node/own-addresses.ts';
import { Share } from './share.ts';
import type { GetOptions, PeerOptions, SeedOptions, SharePathOptions } from './options.ts';
import { type ProvedData, ShareStorage } from '../../../data/storage/node/share-storage.ts';
import { PEER_ID_PREFIX, USER_AGENT, VERSION } from '../../../ground/version.ts';

const DEFAULT_MAX_PEERS = 100;
const DEFAULT_UPLOAD_SLOTS = 20;
/** Pieces in memory per share that is fetched. */
const PIECE_MEMORY_BYTES = 24 * 1024 * 1024;

/** @throws ShoalError port-in-use, state-broken, no-permission */
export async function createPeer(options: PeerOptions = {}): Promise<ShoalPeer> {
  return ShoalPeer.open(options);
}

function createGuards(): PeerGuards {
  return { filter: IpFilter.EMPTY, usesPex: true, mayReachPrivate: false, budget: new ConnectionBudget() };
}

export class ShoalPeer {
  readonly #context: PeerContext;
  readonly #shares = new Set<Share>();
  /** By hex of what handshakes name. */
  readonly #byHash = new Map<string, Share>();
  readonly #incoming: IncomingLinks;
  #listener: Listener | undefined;
  #udp: UdpPorts | undefined;
  #closing: Promise<void> | undefined;

  private constructor(context: Omit<PeerContext, 'forget'>, incoming: IncomingLinks) {
    this.#context = { ...context, forget: (share) => this.#forget(share as Share) };
    this.#incoming = incoming;
  }

  /** Used by `createPeer`. */
  static async open(given: PeerOptions): Promise<ShoalPeer> {
    const state = StateDb.claim(resolve(given.stateDir ?? defaultStateDir()));
    const options = { ...given, ...given.remembered?.(state) };
    let peer: ShoalPeer | undefined;
    const incoming = new IncomingLinks((socket, address, handshake, rest) => {
      const share = peer?.find(handshake.infoHash);
      if (share?.takesLinks !== true) return false;
      share.driver.acceptLink(socket, address, handshake, rest);
      return true;
    });
    let listener: Listener | undefined;
    let udp: UdpPorts | undefined;
    let dht: DhtService | undefined;
    try {
      listener = await listenTcp(options.port, options.host, (socket, address) =>
        incoming.accept(socket, address),
      );
      // The same number as TCP where it is free: peers take it for granted. Any other works as well.
      udp = await UdpPorts.open(listener.port, options.host).catch(() => UdpPorts.open(0, options.host));
      if (options.dht !== false)
        dht = startDht(udp, state, typeof options.dht === 'object' ? options.dht : {});
    } catch (error) {
      udp?.close();
      await listener?.close();
      state.close();
      throw error;
    }
    const lsd = options.lsd === false ? undefined : await openLsd(listener.port, () => peer);
    const peerId = randomBytes(20);
    peerId.set(new TextEncoder().encode(PEER_ID_PREFIX));
    const guards = createGuards();
    const pool = new PiecePool();
    const handles = new FileHandles();
    const prng = createSystemPrng();
    const { shares: records, torrents, journalsFolder, edgesFolder } = state;
    const storage = {
      prover: pool,
      handles,
      records,
      torrents,
      journalsFolder,
      edgesFolder,
      prng,
      clock: systemClock,
    };
    const context: Omit<PeerContext, 'forget'> = {
      pool,
      frames: new FrameCache(),
      handles,
      openStorage: (options) => ShareStorage.open({ ...options, context: storage }),
      state,
      trackers: new TrackerClient(USER_AGENT, udp, () => guards.mayReachPrivate),
      dht,
      lsd,
      port: listener.port,
      downloadLimit: new TokenBucket(options.downloadLimit),
      uploadLimit: new TokenBucket(options.uploadLimit),
      guards,
      swarmOptions: {
        prng,
        budget: guards.budget,
        isBlocked: (host: string) => guards.filter.blocks(host),
        usesPex: () => guards.usesPex,
        hasher: nodeHasher,
        peerId,
        clientName: `Shoal ${VERSION}`,
        listenPort: listener.port,
        dhtPort: dht === undefined ? undefined : (udp.portOf(4) ?? udp.portOf(6)),
        maxPeers: options.maxPeers ?? DEFAULT_MAX_PEERS,
        uploadSlots: options.uploadSlots ?? DEFAULT_UPLOAD_SLOTS,
        pieceMemoryBytes: PIECE_MEMORY_BYTES,
      },
    };
    peer = new ShoalPeer(context, incoming);
    peer.#listener = listener;
    peer.#udp = udp;
    options.signal?.addEventListener('abort', () => void peer.close(), { once: true });
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

  /** Memory for what is sent, shared by all who are sent the same. */
  setCache(bytes: number): void {
    this.#context.frames.setLimit(bytes);
  }

  /** Somebody from another machine has reached us since we are up. */
  get wasReached(): boolean {
    return this.#incoming.wasReached;
  }

  /** Whom we talk to, and how many of them. */
  get guards(): PeerGuards {
    return this.#context.guards;
  }

  /** What the limits of all shares are part of. */
  get buckets(): { readonly download: TokenBucket; readonly upload: TokenBucket } {
    return { download: this.#context.downloadLimit, upload: this.#context.uploadLimit };
  }

  /** The DHT service; undefined when it is switched off. */
  get dht(): DhtService | undefined {
    return this.#context.dht;
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
    for (const hash of namesOf(share)) if (this.#byHash.get(hash) === share) this.#byHash.delete(hash);
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
    const root = await realpath(path).catch(() => resolve(path));
    const scan = await scanPath(root);
    const diskPaths = scan.files.map((file) => file.diskPath);
    const { metainfo, proved } =
      (await this.#findUnchanged(root, diskPaths, options)) ?? (await this.#describe(root, options));
    const trackers = (options.trackers ?? []).map((url) => [url]);
    return this.#start(metainfo, { kind: 'place', path: root, diskPaths }, trackers, options, proved);
  }

  /**
   * Seeds the data of a torrent that lies in `dir` (which holds the torrent's file or folder, or is that folder).
   * @throws ShoalError data-mismatch when the data is not whole
   */
  async seed(metainfo: Metainfo, dir: string, options: SeedOptions = {}): Promise<Share> {
    const { handles } = this.#context;
    const { path, diskPaths } = await locate(handles.disk, metainfo.info, dir, options.isRoot === true);
    const geometry = new Geometry(metainfo.info);
    const files = ShareFiles.inPlace(geometry, diskPaths, this.#context.handles);
    const record = this.#context.state.shares
      .findInPlace(path)
      .find((entry) => isSameTorrent(entry.torrent, metainfo));
    const prints = await files.fingerprint();
    if (record !== undefined) takeLayers(metainfo, record.torrent);
    const isKnown = record?.trust === 'all' && isUntouched(record.prints, prints) && hasAllLayers(metainfo);
    if (!isKnown) {
      const { signal, onProgress } = options;
      const prover = this.#context.pool;
      const report = await verifyFiles({ metainfo, files, prover, signal, onProgress });
      if (!report.isWhole) throw describeMismatch(path, report);
    }
    const trackers = options.announce ?? [
      ...metainfo.trackers,
      ...(options.trackers ?? []).map((url) => [url]),
    ];
    return this.#start(
      metainfo,
      { kind: 'place', path, diskPaths },
      trackers,
      options,
      whole(metainfo, prints),
    );
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its http address. Resolves when the
   * search for peers has begun; await `done` of the share for the data.
   * @throws ShoalError
   */
  async get(link: string, options: GetOptions = {}): Promise<Share> {
    const source = await readLink(link, { signal: options.signal });
    const outputDir = resolve(options.outputDir ?? '.');
    const metainfo = 'metainfo' in source ? source.metainfo : this.#findStored(source.magnet, outputDir);
    const magnet = 'magnet' in source ? source.magnet : undefined;
    if (metainfo !== undefined && !hasAllLayers(metainfo)) {
      const key = toHex(metainfo.infoHashV1 ?? metainfo.infoHashV2!);
      const record = this.#context.state.shares.get(key, outputDir);
      if (record !== undefined) takeLayers(metainfo, record.torrent);
    }
    const share = new Share(this.#context, {
      ...options,
      metainfo,
      magnet,
      place: { kind: 'fetch', outputDir },
      trackers: options.announce ?? [
        ...(metainfo?.trackers ?? []),
        ...(magnet?.trackers ?? []).map((url) => [url]),
        ...(options.trackers ?? []).map((url) => [url]),
      ],
      select:
        options.select ?? (magnet?.selectOnly === undefined ? undefined : selectRanges(magnet.selectOnly)),
      peers: [...(magnet?.peers ?? []), ...(options.peers ?? [])],
      isSequential: options.isSequential === true,
    });
    return this.#add(share, undefined, options.signal);
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
    await Promise.all([...this.#shares].map((share) => share.stop()));
    this.#incoming.close();
    this.#context.lsd?.close();
    this.#context.dht?.close();
    this.#context.trackers.close();
    this.#udp?.close();
    await Promise.all([this.#listener?.close(), this.#context.pool.close()]);
    this.#context.handles.closeAll();
    this.#context.state.close();
  }

  async #start(
    metainfo: Metainfo,
    place: { kind: 'place'; path: string; diskPaths: (string | undefined)[] },
    trackers: readonly (readonly string[])[],
    options: SharePathOptions,
    proved: ProvedData,
  ): Promise<Share> {
    const isSuperSeeding = options.isSuperSeeding === true;
    const { downloadLimit, uploadLimit } = options;
    const limits = {
      ...(downloadLimit === undefined ? {} : { downloadLimit }),
      ...(uploadLimit === undefined ? {} : { uploadLimit }),
    };
    const share = new Share(this.#context, { ...limits, metainfo, place, trackers, isSuperSeeding });
    return this.#add(share, proved, options.signal);
  }

  async #add(share: Share, proved: ProvedData | undefined, signal: AbortSignal | undefined): Promise<Share> {
    const twin = this.find(share.infoHashV1 ?? share.infoHashV2!.subarray(0, 20));
    if (twin !== undefined)
      throw new ShoalError('directory-in-use', `"${twin.name}" runs in this peer already`);
    this.#shares.add(share);
    for (const hash of namesOf(share)) this.#byHash.set(hash, share);
    signal?.addEventListener('abort', () => void share.stop(), { once: true });
    try {
      await share.start(proved);
    } catch (error) {
      await share.stop();
      throw error;
    }
    return share;
  }

  /** The metadata of an earlier run of this magnet link into this folder: no need to fetch it again. */
  #findStored(magnet: Magnet, outputDir: string): Metainfo | undefined {
    const hash = magnet.infoHashV1 ?? magnet.infoHashV2!;
    const record = this.#context.state.shares.get(toHex(hash), outputDir);
    if (record === undefined) return undefined;
    const stored = decodeMetainfo(record.torrent, nodeHasher);
    return stored.ok ? stored.value : undefined;
  }

  /** The torrent of an earlier run, if it is what would be made again now. */
  async #findUnchanged(
    path: string,
    diskPaths: readonly string[],
    options: SharePathOptions,
  ): Promise<{ readonly metainfo: Metainfo; readonly proved: ProvedData } | undefined> {
    for (const record of this.#context.state.shares.findInPlace(path)) {
      const decoded = decodeMetainfo(record.torrent, nodeHasher);
      if (!decoded.ok || record.trust !== 'all' || !hasAllLayers(decoded.value)) continue;
      const { info } = decoded.value;
      if (info.version !== (options.version ?? 'hybrid') || info.isPrivate !== (options.isPrivate === true))
        continue;
      if (options.pieceLength !== undefined && info.pieceLength !== options.pieceLength) continue;
      if (info.source !== undefined || info.name !== basename(path)) continue;
      // A v1 torrent lists pads; ours never do, so files match one to one.
      if (info.files.length !== diskPaths.length) continue;
      const files = ShareFiles.inPlace(new Geometry(info), [...diskPaths], this.#context.handles);
      const prints = await files.fingerprint();
      if (isUntouched(record.prints, prints))
        return { metainfo: decoded.value, proved: whole(decoded.value, prints) };
    }
    return undefined;
  }

  async #describe(
    root: string,
    options: SharePathOptions,
  ): Promise<{ readonly metainfo: Metainfo; readonly proved: ProvedData }> {
    const { version, pieceLength, isPrivate, signal, onProgress } = options;
    const created = await createMetainfo(root, {
      pool: this.#context.pool,
      createdBy: USER_AGENT,
      ...(version === undefined ? {} : { version }),
      ...(pieceLength === undefined ? {} : { pieceLength }),
      ...(isPrivate === undefined ? {} : { isPrivate }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const { metainfo, scan } = created;
    const prints = scan.files.map(({ lengthBytes, modifiedMs }, file) => ({
      file,
      size: lengthBytes,
      modifiedMs,
    }));
    return { metainfo, proved: whole(metainfo, prints) };
  }
}

/** Neighbours' announces go to the share that they are for. */
function openLsd(port: number, peer: () => ShoalPeer | undefined): Promise<LsdService> {
  return LsdService.open({
    port,
    onPeer: (infoHash, address) => {
      peer()?.find(infoHash)?.addPeers([address], 'local');
      // Its DHT node, if it has one, is on the same port.
      peer()?.dht?.addNode('local', address.host, address.port);
    },
  });
}

/** All of it is right, in that state of the files. */
function whole(
  metainfo: Metainfo,
  prints: readonly { readonly file: number; readonly size: number; readonly modifiedMs: number }[],
): ProvedData {
  const pieces = new Bitfield(new Geometry(metainfo.info).pieceCount);
  pieces.fillAll();
  return {
    pieces,
    prints: new Map(prints.map(({ file, size, modifiedMs }) => [file, { size, modifiedMs }])),
  };
}

/** A torrent file may lack piece layers that an earlier run has got from peers, or from the data. */
function takeLayers({ pieceLayers }: Metainfo, torrent: Uint8Array): void {
  const stored = decodeMetainfo(torrent, nodeHasher);
  if (!stored.ok) return;
  for (const [root, layer] of stored.value.pieceLayers)
    if (!pieceLayers.has(root)) pieceLayers.set(root, layer);
}

function isSameTorrent(torrent: Uint8Array, metainfo: Metainfo): boolean {
  const decoded = decodeMetainfo(torrent, nodeHasher);
  return decoded.ok && equalBytes(decoded.value.infoBytes, metainfo.infoBytes);
}

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

function describeMismatch(path: string, report: VerifyReport): ShoalError {
  const { rightPieces, wrongPieces, unjudgedPieces, files } = report;
  const count = rightPieces + wrongPieces + unjudgedPieces;
  const isBad = ({ state }: FileReport): boolean => state !== 'right' && state !== 'unjudged';
  const first = files.find(isBad);
  const others = files.filter(isBad).length - 1;
  const what =
    first === undefined
      ? ''
      : ` (${first.path} is ${first.state}${others > 0 ? `, and ${others} more` : ''})`;
  return new ShoalError(
    'data-mismatch',
    `${path}: ${rightPieces} of ${count} pieces are right, ${wrongPieces} wrong, ${unjudgedPieces} not judged${what}`,
  );
}

/** What peers may call it in their handshakes, in hex. */
function namesOf({ infoHashV1, infoHashV2 }: Share): string[] {
  return [infoHashV1, infoHashV2?.subarray(0, 20)].filter((hash) => hash !== undefined).map(toHex);
}
