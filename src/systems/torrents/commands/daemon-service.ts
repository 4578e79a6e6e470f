/** Fetches and shares by the daemon, over its API: see `share-service.ts`. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assert } from '../../../ground/assert.ts';
import type { Address } from '../../../ground/address.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import type { AddRequest, PeerState } from '../api/types.ts';
import { readLink } from '../share/link-source.ts';
import type { SearchWays } from '../share/options.ts';
import { DaemonShare, type Preferences } from './daemon-share.ts';
import type { Connected } from './drive.ts';
import { requestOf } from './link.ts';
import type { ReachedDaemon } from './reach-daemon.ts';
import type { SeedGoals } from './seed-goals.ts';
import type { FetchRequest, OfferRequest, ServedShare, ShareService } from './share-service.ts';

/** Between two looks at how far the daemon is with hashing. */
const HASHING_LOOK_MS = 500;

export class DaemonService implements ShareService {
  readonly isDaemon = true;
  readonly #daemon: ReachedDaemon;

  constructor(daemon: ReachedDaemon) {
    this.#daemon = daemon;
  }

  get port(): number {
    return this.#daemon.status.peerPort;
  }

  async fetch(request: FetchRequest): Promise<ServedShare> {
    const { folder, select, peers, goals } = request;
    const preferences = preferencesOf(request);
    const added = await this.#daemon.add({
      ...requestOf(request.link, request.source),
      ...preferences,
      ...goalsOf(goals),
      ...waysOf(request),
      isPaused: false,
      folder,
      trackers: request.trackers,
      peers: peers.map(formatPeer),
      ...(select === undefined ? {} : { select }),
    });
    const share = new DaemonShare(this.#daemon, { ...added, request, preferences });
    if (added.isNew) return share;
    try {
      await share.resume();
      return share;
    } catch (error) {
      await share.release(false);
      throw error;
    }
  }

  async offer(request: OfferRequest): Promise<ServedShare> {
    const { path, dataFolder, version, pieceLength, isPrivate, isSuperSeeding } = request;
    const made = { version, isPrivate, rereads: true, ...(pieceLength === undefined ? {} : { pieceLength }) };
    const source =
      dataFolder === undefined
        ? { path: resolve(path), ...made }
        : { ...(await readTorrentRequest(path)), dataFolder: resolve(dataFolder) };
    const adding = this.#daemon.add({
      ...source,
      ...preferencesOf(request),
      ...waysOf(request),
      isPaused: false,
      isSuperSeeding,
      trackers: request.trackers,
    });
    const added = await whileHashing(this.#daemon, request, adding);
    const share = new DaemonShare(this.#daemon, { ...added, request, preferences: {} });
    // What this command asks for lasts: the command ends, and the share goes on.
    if (!added.isNew) await share.change({ isPaused: false, ...preferencesOf(request) });
    return share;
  }

  async close(): Promise<void> {}
}

/** @throws ShoalError bad-torrent, not-found */
async function readTorrentRequest(path: string): Promise<Pick<AddRequest, 'torrent'>> {
  const source = await readLink(path);
  assert('metainfo' in source, 'a path that ends in .torrent is no link');
  return { torrent: Buffer.from(source.bytes).toString('base64') };
}

function preferencesOf(request: FetchRequest | OfferRequest): Partial<Preferences> {
  const { downloadLimit, uploadLimit } = request;
  return {
    ...('isSequential' in request && request.isSequential ? { isSequential: true } : {}),
    ...(downloadLimit === undefined ? {} : { downloadLimit }),
    ...(uploadLimit === undefined ? {} : { uploadLimit }),
  };
}

/** Goals of the daemon: they hold for a share that is new, whatever becomes of this command. */
function goalsOf({ seconds, ratio }: SeedGoals): Pick<AddRequest, 'seedingGoal' | 'ratioGoal'> {
  return {
    ...(seconds === undefined ? {} : { seedingGoal: seconds / 60 }),
    ...(ratio === undefined ? {} : { ratioGoal: ratio }),
  };
}

function waysOf({ usesDht, usesLsd }: SearchWays): Pick<AddRequest, 'usesDht' | 'usesLsd'> {
  return {
    ...(usesDht === undefined ? {} : { usesDht }),
    ...(usesLsd === undefined ? {} : { usesLsd }),
  };
}

const formatPeer = ({ host, port }: Address): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Shows how far the daemon is, while it hashes what it is going to share. */
async function whileHashing<T>(
  { ask }: Connected,
  { path, dataFolder, onProgress, signal }: OfferRequest,
  adding: Promise<T>,
): Promise<T> {
  const what = await realpath(dataFolder ?? path).catch(() => resolve(dataFolder ?? path));
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const wakeup = new Wakeup();
  const look = async (): Promise<void> => {
    for (;;) {
      await wakeup.wait(HASHING_LOOK_MS, until);
      if (until.aborted) return;
      const { making } = (await ask('GET', '/api/v1/status')) as PeerState;
      const progress = making.find((one) => one.path === what);
      if (progress !== undefined && progress.total > 0) onProgress(progress.done, progress.total);
    }
  };
  const looking = look().catch(() => {});
  try {
    return await adding;
  } finally {
    over.abort();
    await looking;
  }
}
