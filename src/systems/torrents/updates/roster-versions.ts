/**
 * The shares of the versions of one follow as entries of the roster: the daemon's answer to `VersionShares`. A version that is
 * fetched lies in a hidden folder. When it is shown, its entry takes the place of the entry of the version before.
 *
 *     fetched, in its staging folder ─► shown, in place ─► removed, when a newer version is shown
 *                 └─► removed with its data, when a newer version is out
 *
 * Where the content is a share of a person already, that share is used if it lies where the version would be shown.
 */
import { dirname } from 'node:path';
import { encodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import type { Address } from '../../../ground/address.ts';
import { assert } from '../../../ground/assert.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import { Wakeup } from '../../../ground/node/wakeup.ts';
import type { SharePreferences } from '../core/preferences.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { keyOf } from '../share/known-torrents.ts';
import type { Share } from '../share/share.ts';
import type { PresentVersion } from '../share/shown-version.ts';
import type { ShareResult } from '../share/status.ts';
import type { VersionFetch, VersionRequest, VersionShares, WholeVersion } from '../share/versions.ts';
import type { StoredFollow } from '../state/held-table.ts';

/** Every change is told: this is a net under that. */
const LOOK_MS = 60_000;

export interface RosterVersionsOptions {
  readonly roster: Pick<Roster, 'owned' | 'find' | 'findByHash' | 'listen' | 'peer'>;
  readonly stored: StoredFollow;
  readonly peers: readonly Address[];
  readonly signal: AbortSignal;
}

export class RosterVersions implements VersionShares {
  readonly #options: RosterVersionsOptions;
  readonly #id: number;
  /** The one that is fetched. */
  fetching: RosterEntry | undefined;

  constructor(options: RosterVersionsOptions) {
    this.#options = options;
    this.#id = options.stored.id;
  }

  async fetch(request: VersionRequest): Promise<VersionFetch> {
    const { roster, peers } = this.#options;
    for (const other of roster.owned.of(this.#id))
      if (other.stored.kind === 'fetch' && !other.hasHash(request.infoHash))
        await roster.owned.remove(other, true);
    const entry = await this.#entryFor(request);
    if (this.#owns(entry)) {
      entry.prepare = request.prepare;
      entry.namedPeers = peers;
      roster.owned.release(entry);
    }
    this.fetching = entry;
    const done = this.#whole(entry);
    done.catch(() => {});
    return {
      done,
      leave: async () => this.#letGo(entry),
      abandon: async () => {
        this.#letGo(entry);
        if (this.#owns(entry)) await roster.owned.remove(entry, true);
      },
    };
  }

  /** @throws ShoalError directory-in-use, denied, … */
  async #entryFor(request: VersionRequest): Promise<RosterEntry> {
    const { roster, peers } = this.#options;
    const { link, infoHash, staging, prepare } = request;
    let entry = roster.findByHash(infoHash);
    if (entry === undefined) {
      const preferences = this.#preferences();
      const options = { folder: staging, follow: this.#id, prepare, peers, preferences };
      const added = await roster.owned.fetch(link, options);
      if (added.isNew) return added.entry;
      ({ entry } = added);
    }
    if (this.#owns(entry)) {
      if (entry.stored.kind === 'place' || entry.stored.folder !== staging)
        await roster.owned.stage(entry, staging);
      return entry;
    }
    if (entry.stored.follow !== undefined || !(await this.#fits(entry, request))) throw this.#inUse(entry);
    return entry;
  }

  /** What a person chose for the version before holds for the next, as far as it says nothing of its files. */
  #preferences(): Partial<SharePreferences> {
    const { downloadLimit, uploadLimit, usesLsd } = this.#options.stored.preferences;
    const before = this.#shown?.stored.preferences;
    if (before === undefined) return { downloadLimit, uploadLimit, usesLsd, isPaused: false };
    return {
      ...before,
      // A goal was reached by the version before.
      isPaused: before.isPaused && before.isFinished !== true,
      ...{ isFinished: undefined, isOnDemand: false, unwanted: [], priorities: {} },
      ...{ selectGlobs: undefined, selectRanges: undefined, isCopy: undefined, doneDir: undefined },
    };
  }

  get #shown(): RosterEntry | undefined {
    return this.#options.roster.owned.of(this.#id).find(({ stored }) => stored.kind === 'place');
  }

  #owns(entry: RosterEntry): boolean {
    const { roster } = this.#options;
    return entry.stored.follow === this.#id && roster.find(entry.stored.id) === entry;
  }

  /** A share of a person lies where the version would be shown, or is being fetched to there. */
  async #fits({ stored, metainfo }: RosterEntry, { isFirst }: VersionRequest): Promise<boolean> {
    const { kind, folder, preferences } = stored;
    const dir = this.#options.stored.folder;
    if (!isFirst) return false;
    if (kind === 'fetch') return folder === dir && isWanted(preferences);
    return dirname(folder) === dir && metainfo !== undefined && (await pathOf(metainfo, dir)) === folder;
  }

  #inUse({ stored, name, downloadDir }: RosterEntry): ShoalError {
    const { id, follow } = stored;
    const whose = follow === undefined ? '' : ` of follow ${follow}`;
    const into = downloadDir === this.#options.stored.folder ? '' : 'follow into that folder, or ';
    const remedy =
      follow === undefined ? `${into}remove that share; its files stay` : `end that follow first`;
    return new ShoalError(
      'directory-in-use',
      `this version is "${name}" already, share ${id}${whose} in ${downloadDir}: ${remedy}`,
    );
  }

  /** However often it is paused, queued and started. @throws ShoalError what it failed of */
  async #whole(entry: RosterEntry): Promise<WholeVersion> {
    const { roster, signal } = this.#options;
    const { id } = entry.stored;
    const changes = new Wakeup();
    const stopListening = roster.listen((event) => {
      if (('id' in event ? event.id : event.stored.id) === id) changes.wake();
    });
    try {
      let ended: Share | undefined;
      for (;;) {
        if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
        if (roster.find(id) !== entry) throw new ShoalError('aborted', `share ${id} was removed`);
        if (entry.failure !== undefined) throw entry.failure;
        const { share } = entry;
        if (share === undefined || share === ended) await changes.wait(LOOK_MS, signal);
        else {
          const result = await resultOf(share, signal);
          if (result !== undefined) return await this.#describe(entry, result);
          ended = share;
        }
      }
    } finally {
      stopListening();
      this.#letGo(entry);
    }
  }

  /** @throws ShoalError directory-in-use when a person has changed where the share lies */
  async #describe(entry: RosterEntry, { path, size }: ShareResult): Promise<WholeVersion> {
    const { metainfo, stored, totals, isCopy } = entry;
    assert(metainfo !== undefined, 'what was fetched is known');
    if (this.#owns(entry)) return { metainfo, path, size, downloadBytes: totals.downloaded };
    const isThere = (await pathOf(metainfo, this.#options.stored.folder)) === path;
    if (!isThere || !isWanted(stored.preferences)) throw this.#inUse(entry);
    const inPlace = stored.kind === 'fetch' || isCopy ? 'fetched' : 'person';
    return { metainfo, path, size, downloadBytes: 0, inPlace };
  }

  #letGo(entry: RosterEntry): void {
    if (this.fetching === entry) this.fetching = undefined;
  }

  async show({ metainfo, path, isUntouched }: PresentVersion): Promise<void> {
    const { roster } = this.#options;
    const { owned } = roster;
    const key = keyOf(metainfo);
    let entry = roster.findByHash(key);
    // What a person has put there, or changed, does not go with the share.
    const preferences = { ...this.#preferences(), isCopy: isUntouched };
    for (const other of owned.of(this.#id))
      if (other !== entry && other.stored.kind === 'place') await owned.remove(other, false);
    if (entry === undefined) {
      const { torrents } = roster.peer.state;
      if (!torrents.has(key)) torrents.save(key, { folder: path, kind: 'place' }, encodeMetainfo(metainfo));
      entry = owned.addShown({ key, path, follow: this.#id, preferences });
    } else if (!this.#owns(entry)) {
      // The same content lies elsewhere, and is shared from there.
      if (entry.stored.follow !== undefined || !isAt(entry, path)) return;
      owned.own(entry, this.#id);
    }
    await owned.show(entry, path);
    owned.release(entry);
  }

  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    const { owned } = this.#options.roster;
    const entries = owned.of(this.#id);
    for (const entry of entries) await owned.hold(entry);
    // Where it fails they stay held: a version may lie in its last folder already, and its entry would fetch it again. The
    // next run looks at the folder, and lets go of what it finds.
    const done = await work();
    for (const entry of entries) if (this.#owns(entry)) owned.release(entry);
    return done;
  }

  /** The share that has the content elsewhere was removed. */
  mayShowAgain(metainfo: Metainfo): boolean {
    return this.#options.roster.findByHash(keyOf(metainfo)) === undefined;
  }

  /** They go on in the daemon. */
  async close(): Promise<void> {}
}

/** All of it. */
function isWanted({ unwanted, selectGlobs, selectRanges }: SharePreferences): boolean {
  return unwanted.length === 0 && selectGlobs === undefined && selectRanges === undefined;
}

function isAt({ stored: { kind, folder, preferences } }: RosterEntry, path: string): boolean {
  return kind === 'place' ? folder === path : folder === dirname(path) && isWanted(preferences);
}

/** Where the folder holds it. */
async function pathOf({ info }: Metainfo, folder: string): Promise<string | undefined> {
  return (await locate(nodeDisk, info, folder).catch(() => undefined))?.path;
}

/** Undefined when it is stopped before it is whole. */
async function resultOf(share: Share, signal: AbortSignal): Promise<ShareResult | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const onAbort = (): void => aborted.resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([share.done.catch(() => undefined), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
