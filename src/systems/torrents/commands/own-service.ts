/** Fetches and shares by a peer in the command's own process: see `share-service.ts`. */
import { lstat } from 'node:fs/promises';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import type { ShareFiles } from '../../../data/storage/node/share-files.ts';
import { toHex } from '../../../ground/bytes.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { resolvePeers } from '../../../net/link/node/resolve-peers.ts';
import { chooseFiles } from '../roster/choose-files.ts';
import { requireFolder } from '../roster/folders.ts';
import { FolderProbe } from '../roster/folder-probe.ts';
import { keyOf } from '../share/known-torrents.ts';
import { readTorrentFile } from '../share/link-source.ts';
import type { ShoalPeer } from '../share/peer.ts';
import { reportOn, type ShareReport } from '../share/report.ts';
import { reuseData } from '../share/reuse.ts';
import type { Share } from '../share/share.ts';
import type { OpenedPeer } from './open-peer.ts';
import { GoalCounter, type SeedGoals } from './seed-goals.ts';
import type {
  FetchRequest,
  OfferRequest,
  ServedShare,
  ShareLinks,
  ShareNotices,
  ShareService,
  WatchOptions,
} from './share-service.ts';

export class OwnService implements ShareService {
  readonly isDaemon = false;
  readonly #opened: OpenedPeer;

  constructor(opened: OpenedPeer) {
    this.#opened = opened;
  }

  get port(): number {
    return this.#opened.peer.port;
  }

  async fetch(request: FetchRequest): Promise<ServedShare> {
    const { source, link, folder, select, copyFrom, signal, peers, goals } = request;
    const { peer } = this.#opened;
    if ('metainfo' in source)
      peer.warm(source.metainfo.info.files.reduce((sum, file) => sum + file.lengthBytes, 0));
    await new FolderProbe().reach(folder, { signal });
    await requireFolder(folder);
    let copiedBytes = 0;
    const prepare = async (metainfo: Metainfo, files: ShareFiles): Promise<void> => {
      copiedBytes = await copyData(peer, metainfo, files, copyFrom!, signal);
    };
    const key = keyOf('metainfo' in source ? source.metainfo : source.magnet);
    const uploadedBefore = peer.state.shares.get(key, folder)?.uploaded ?? 0;
    const share = await peer.get('metainfo' in source ? source : link, {
      ...waysOf(request),
      outputDir: folder,
      peers: await resolvePeers(peers),
      trackers: request.trackers,
      isSequential: request.isSequential,
      signal,
      onWarning: request.onWarning,
      ...(select === undefined ? {} : { select: (metainfo) => chooseFiles(metainfo, select) }),
      ...(copyFrom === undefined ? {} : { prepare }),
    });
    return new OwnShare({ peer, share, goals, uploadedBefore, notices: request, copied: () => copiedBytes });
  }

  async offer(request: OfferRequest): Promise<ServedShare> {
    const { path, dataFolder, version, pieceLength, isPrivate, isSuperSeeding, signal } = request;
    const { peer } = this.#opened;
    const settings = {
      ...waysOf(request),
      version,
      trackers: request.trackers,
      isPrivate,
      isSuperSeeding,
      signal,
      onProgress: request.onProgress,
      ...(pieceLength === undefined ? {} : { pieceLength }),
    };
    const share =
      dataFolder === undefined
        ? await peer.share(path, settings)
        : await peer.seed(await readTorrentFile(path), dataFolder, settings);
    return new OwnShare({ peer, share, goals: {}, uploadedBefore: 0, notices: request, copied: () => 0 });
  }

  close(): Promise<void> {
    return this.#opened.close();
  }
}

/** Limits hold for the whole peer: see `open-peer.ts`. */
const waysOf = ({ usesDht, usesLsd }: FetchRequest | OfferRequest) => ({ usesDht, usesLsd });

interface OwnShareParts {
  readonly peer: ShoalPeer;
  readonly share: Share;
  readonly goals: SeedGoals;
  /** Bytes that it sent in earlier runs. */
  readonly uploadedBefore: number;
  readonly notices: ShareNotices;
  readonly copied: () => number;
}

class OwnShare implements ServedShare {
  readonly number = undefined;
  readonly isNew = true;
  readonly #parts: OwnShareParts;
  readonly #counter: GoalCounter;

  constructor(parts: OwnShareParts) {
    this.#parts = parts;
    this.#counter = new GoalCounter(parts.goals, parts.uploadedBefore);
    parts.share.onNotice = parts.notices.onDetail;
  }

  get name(): string {
    return this.#parts.share.name;
  }

  get folder(): string {
    return this.#parts.share.folder;
  }

  get copiedBytes(): number {
    return this.#parts.copied();
  }

  links(): ShareLinks {
    const { peer, share } = this.#parts;
    const { infoHashV1, infoHashV2 } = share;
    return {
      magnet: share.magnet(peer.ownAddresses()),
      torrent: share.torrentPath,
      infoHashV1: infoHashV1 === undefined ? undefined : toHex(infoHashV1),
      infoHashV2: infoHashV2 === undefined ? undefined : toHex(infoHashV2),
    };
  }

  async *watch({ intervalMs, hasMap, signal }: WatchOptions): AsyncGenerator<ShareReport> {
    const { share } = this.#parts;
    for await (const status of share.progress({ intervalMs, signal })) {
      const report = reportOn(share, status, hasMap);
      yield { ...report, isFinished: this.#counter.handleReport(report, performance.now()) };
      if (status.phase === 'failed') await share.done;
    }
  }

  async locate(): Promise<string> {
    return (await this.#parts.share.done).path;
  }

  async release(): Promise<readonly string[]> {
    return [];
  }
}

/**
 * Copies what lies in another folder. The share hashes the copy, and fetches what cannot be copied.
 * @returns bytes that were copied
 */
async function copyData(
  peer: ShoalPeer,
  metainfo: Metainfo,
  files: ShareFiles,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const source = await locate(nodeDisk, metainfo.info, folder).catch(() => undefined);
  if (source === undefined) return 0;
  const isFree = async (file: number): Promise<boolean> => {
    const paths = [files.currentPath(file), files.finalPath(file)];
    if (!files.isWanted(file) || paths.includes(undefined)) return false;
    return (await Promise.all(paths.map((path) => exists(path!)))).every((isThere) => !isThere);
  };
  // What is there already is checked, not replaced.
  const diskPaths = await Promise.all(
    source.diskPaths.map(async (path, file) => ((await isFree(file)) ? path : undefined)),
  );
  const before = { metainfo, files: peer.filesInPlace(metainfo, diskPaths) };
  return reuseData(before, { metainfo, files }, signal);
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
