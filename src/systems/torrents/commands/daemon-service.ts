/** Fetches and shares by the daemon, over its API: see `share-service.ts`. */
import { resolve } from 'node:path';
import { assert } from '../../../ground/assert.ts';
import type { AddRequest } from '../api/types.ts';
import { readLink } from '../share/link-source.ts';
import type { SearchWays } from '../share/options.ts';
import { DaemonShare, type Preferences } from './daemon-share.ts';
import { formatPeer, whileHashing } from './daemon-requests.ts';
import { requestOf } from './link.ts';
import type { ReachedDaemon } from './reach-daemon.ts';
import type { SeedGoals } from './seed-goals.ts';
import type { FetchRequest, OfferRequest, ServedShare, ShareService } from './share-service.ts';

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
