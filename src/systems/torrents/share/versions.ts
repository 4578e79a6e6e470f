/**
 * The shares of the versions of one follow: `VersionShares` is the port through which `follow-run.ts` has them run. A peer
 * runs them by itself here (`PeerVersions`); in the daemon they are entries of the roster (`updates/roster-versions.ts`).
 */
import { dirname } from 'node:path';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import type { Address } from '../../../ground/address.ts';
import { assert } from '../../../ground/assert.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { ShareLimits } from './limits.ts';
import type { PrepareFiles, SearchWays } from './options.ts';
import type { ShoalPeer } from './peer.ts';
import type { Share } from './share.ts';
import type { PresentVersion } from './shown-version.ts';

/** A version that is to be fetched. */
export interface VersionRequest {
  readonly sequence: number;
  /** A magnet link to what it points at. */
  readonly link: string;
  /** Of what it points at, in hex. */
  readonly infoHash: string;
  /** Where it is made, until it is shown. */
  readonly staging: string;
  /** The files of the version that is shown are gone, and it is this one. */
  readonly isShown: boolean;
  /** Nothing of an earlier version lies in the folder. */
  readonly isFirst: boolean;
  readonly prepare: PrepareFiles;
}

/** A version that is whole. */
export interface WholeVersion {
  readonly metainfo: Metainfo;
  /** Its file or folder. */
  readonly path: string;
  readonly size: number;
  readonly downloadBytes: number;
  /** It lies already where it is shown; `person`: a person put it there. Else it lies in its staging folder. */
  readonly inPlace?: 'fetched' | 'person' | undefined;
}

/** A version that is being fetched. */
export interface VersionFetch {
  /** Rejects when it fails, and when nobody waits for it any more. */
  readonly done: Promise<WholeVersion>;
  /** The run ends; another goes on with it. */
  leave(): Promise<void>;
  /** A newer version is out: this one is wanted no more. */
  abandon(): Promise<void>;
}

export interface VersionShares {
  /** @throws ShoalError denied, directory-in-use, … */
  fetch(request: VersionRequest): Promise<VersionFetch>;
  /** This version lies in the folder now, and no other: it is seeded. */
  show(present: PresentVersion): Promise<void>;
  /** None of them uses a file meanwhile. */
  whileStopped<T>(work: () => Promise<T>): Promise<T>;
  /** What is shown is not seeded, and may be again: whatever kept it from that is gone. */
  mayShowAgain(metainfo: Metainfo): boolean;
  /** The run ends. */
  close(): Promise<void>;
}

export interface PeerVersionsOptions extends ShareLimits, Pick<SearchWays, 'usesLsd'> {
  readonly peers?: readonly Address[] | undefined;
  readonly signal: AbortSignal;
  readonly onNotice?: ((message: string) => void) | undefined;
}

export class PeerVersions implements VersionShares {
  readonly #peer: ShoalPeer;
  readonly #options: PeerVersionsOptions;
  /** The one that is fetched, or was fetched last. */
  fetching: Share | undefined;
  #seeding: Share | undefined;
  /** A rule kept the version here from being seeded. */
  #isDenied = false;

  constructor(peer: ShoalPeer, options: PeerVersionsOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  async fetch({ link, staging, isShown, prepare }: VersionRequest): Promise<VersionFetch> {
    // A peer runs a share only once.
    if (isShown) await this.#stopSeeding();
    const { signal, peers, onNotice } = this.#options;
    const share = await this.#peer.get(link, {
      ...this.#preferences,
      outputDir: staging,
      signal,
      prepare,
      ...(peers === undefined ? {} : { peers }),
    });
    if (onNotice !== undefined) share.onNotice = onNotice;
    this.fetching = share;
    const stop = (): Promise<void> => share.stop();
    const done = whole(share);
    done.catch(() => {});
    return { done, leave: stop, abandon: stop };
  }

  /** Not what a person changed: it is not what the publisher signed. */
  async show(present: PresentVersion): Promise<void> {
    await this.#stopSeeding();
    this.#isDenied = false;
    if (!present.isUntouched) return;
    try {
      this.#seeding = await this.#peer.seed(present.metainfo, dirname(present.path), this.#preferences);
    } catch (error) {
      this.#isDenied = error instanceof ShoalError && error.code === 'denied';
      this.#options.onNotice?.(`the version here is not seeded: ${(error as Error).message}`);
    }
  }

  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    await this.fetching?.stop();
    await this.#stopSeeding();
    return work();
  }

  /** A rule ended it, or kept it from starting, and is gone. */
  mayShowAgain({ infoHashV1, infoHashV2 }: Metainfo): boolean {
    const phase = this.#seeding?.phase;
    if (!this.#isDenied && phase !== 'failed' && phase !== 'stopped') return false;
    return this.#peer.denialOf([infoHashV1, infoHashV2], 'share') === undefined;
  }

  async close(): Promise<void> {
    await this.#stopSeeding();
  }

  get #preferences(): ShareLimits & SearchWays {
    const { downloadLimit, uploadLimit, usesLsd } = this.#options;
    return { downloadLimit, uploadLimit, usesLsd };
  }

  async #stopSeeding(): Promise<void> {
    await this.#seeding?.stop();
    this.#seeding = undefined;
  }
}

async function whole(share: Share): Promise<WholeVersion> {
  const { path, size, downloadBytes } = await share.done;
  assert(share.metainfo !== undefined, 'what was fetched is known');
  return { metainfo: share.metainfo, path, size, downloadBytes };
}
