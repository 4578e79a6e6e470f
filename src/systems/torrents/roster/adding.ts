/** Adds shares to the roster: by link, by torrent, or a file or folder in place. One that is there already is returned. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatMagnet, type Magnet } from '../../../data/content/magnet.ts';
import { encodeMetainfo } from '../../../data/content/metainfo.ts';
import type { Address } from '../../../ground/address.ts';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { separateNames } from '../../../net/link/node/resolve-peers.ts';
import { addKnownLayers } from '../share/known-torrents.ts';
import { type Reach, readLink, type ReadTorrent, readTorrentBytes } from '../share/link-source.ts';
import type { PrepareFiles, SharePathOptions } from '../share/options.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import type { NetworkMemory } from '../state/network-memory.ts';
import type { TorrentCopies } from '../state/torrent-copies.ts';
import { DEFAULT_PREFERENCES, type SharePreferences } from '../core/preferences.ts';
import { requirePreferences } from './bounds.ts';
import { settleChoice } from './choose-files.ts';
import type { DaemonSettings } from './daemon-settings.ts';
import type { RosterEntry } from './entry.ts';
import type { EntryStore } from './entry-store.ts';
import type { FolderProbe } from './folder-probe.ts';
import { requireFolder } from './folders.ts';
import type { HashingList } from './hashing-list.ts';
import { tiersOf } from './preferences.ts';
import type { Runner } from './runner.ts';

export interface AddOptions {
  /** Where fetched files go. */
  readonly folder: string;
  /** Where they lie while it is incomplete; null: there as well. Absent: as the settings say. */
  readonly incompleteDir?: string | null;
  /**
   * The folders were named for this share alone, and may be mistyped: each is made and tried before there is a share.
   * Those of settings were tried when they were set.
   */
  readonly triesFolders?: boolean;
  readonly preferences?: Partial<SharePreferences> | undefined;
  /** Peers to ask besides those that are found; a share that is there learns of them. */
  readonly peers?: readonly Address[] | undefined;
  /** Where the address of a link may lie; absent when a person typed it. */
  readonly reach?: Reach;
  /** It is a version of that follow: see `owned.ts`. */
  readonly owner?: { readonly follow: number; readonly prepare: PrepareFiles };
}

/** How the torrent of a path is made, and what becomes of a share that lies there already. */
export interface PathOptions extends Pick<SharePathOptions, 'version' | 'pieceLength' | 'isPrivate'> {
  readonly preferences?: Partial<SharePreferences> | undefined;
  /** Also when the path is shared already. Other content, or content described otherwise, takes its place. */
  readonly rereads?: boolean | undefined;
}

export interface Added {
  readonly entry: RosterEntry;
  /** It was not there before. */
  readonly isNew: boolean;
}

export interface AdderHost {
  readonly peer: Pick<
    ShoalPeer,
    'share' | 'describe' | 'shareWhole' | 'seed' | 'dht' | 'usesLsd' | 'denialOf' | 'filter'
  > & {
    readonly state: {
      readonly torrents: Pick<TorrentCopies, 'has' | 'save'>;
      torrentOf(key: string, folder: string): Uint8Array | undefined;
      readonly network: Pick<NetworkMemory, 'saveGoodPeers'>;
    };
  };
  readonly entries: EntryStore;
  readonly settings: DaemonSettings;
  readonly runner: Pick<Runner, 'probe' | 'add' | 'adopt' | 'balance'>;
  readonly hashing: HashingList;
  change(entry: RosterEntry, preferences: Partial<SharePreferences>): void;
  /** Forgets a share; its data stays. */
  remove(entry: RosterEntry): Promise<unknown>;
}

/** The names of a share: its key is the v1 name where it has one, the alias the v2 name. */
interface Names {
  readonly key: string;
  readonly alias?: string | undefined;
}

interface NewEntry extends Names {
  readonly kind: 'place' | 'fetch';
  readonly where: Pick<AddOptions, 'folder' | 'incompleteDir' | 'owner'>;
  readonly link?: string;
  readonly preferences?: Partial<SharePreferences> | undefined;
}

/** Where else a share may be found. */
type Learnt = Pick<Magnet, 'trackers' | 'peers'>;
type LearnOptions = Pick<AddOptions, 'preferences' | 'peers'>;
const NOTHING_LEARNT: Learnt = { trackers: [], peers: [] };

/** Peers that people named for one share: each is dialled at every start. */
const MAX_NAMED_PEERS = 100;

export class Adder {
  readonly #host: AdderHost;

  constructor(host: AdderHost) {
    this.#host = host;
  }

  /**
   * Fetches what a link names: a magnet link, an info hash, a torrent file or its address.
   * @throws ShoalError bad-link, bad-torrent, bad-argument, denied, not-found
   */
  async addLink(link: string, options: AddOptions): Promise<Added> {
    requirePreferences(options.preferences ?? {});
    const source = await readLink(link, {
      reach: options.reach ?? this.#host.settings.reach,
      filter: this.#host.peer.filter,
    });
    if ('metainfo' in source) return this.addTorrent(source, options);
    const { magnet } = source;
    const names = namesOf(magnet.infoHashV1, magnet.infoHashV2);
    await this.#prepare(names, options);
    const added = this.#add({
      ...names,
      kind: 'fetch',
      where: options,
      link: /^magnet:/i.test(link) ? link : formatMagnet(magnet),
      preferences: { selectRanges: magnet.selectOnly, ...options.preferences },
    });
    if (added.isNew) this.#keepPeers(added.entry, options.peers ?? []);
    else this.#learnToFetch(added.entry, magnet, options);
    return added;
  }

  /** The same for a torrent file that a program sends. @throws ShoalError bad-torrent */
  async addTorrentBytes(bytes: Uint8Array, options: AddOptions): Promise<Added> {
    return this.addTorrent(readTorrentBytes(bytes), options);
  }

  /** Fetches what a torrent describes, or seeds it if it is all there. @throws ShoalError bad-argument */
  async addTorrent({ metainfo, bytes }: ReadTorrent, options: AddOptions): Promise<Added> {
    requirePreferences(options.preferences ?? {});
    const names = namesOf(metainfo.infoHashV1, metainfo.infoHashV2);
    const preferences = settleChoice(options.preferences ?? {}, metainfo);
    const twin = await this.#prepare(names, options);
    const folder = resolve(this.#incompleteDirOf(options) ?? options.folder);
    // A share that is there lies in its own folder; it takes from here the metadata that it lacks.
    const place = twin?.stored ?? { key: names.key, folder, kind: 'fetch' };
    const { state } = this.#host.peer;
    const isUnknown = twin?.metainfo === undefined || !state.torrents.has(place.key);
    if (isUnknown) {
      const hasNewLayers = addKnownLayers(state, metainfo, place.folder);
      state.torrents.save(place.key, place, hasNewLayers ? encodeMetainfo(metainfo) : bytes);
    }
    const added = this.#add({ ...names, kind: 'fetch', where: options, preferences });
    if (isUnknown) added.entry.remember(metainfo);
    if (added.isNew) this.#keepPeers(added.entry, options.peers ?? []);
    else this.#learnToFetch(added.entry, NOTHING_LEARNT, options);
    return added;
  }

  /**
   * Shares a file or folder in place.
   * @throws ShoalError not-found, no-permission, …
   */
  async addPath(path: string, { preferences, rereads, ...making }: PathOptions = {}): Promise<Added> {
    requirePreferences(preferences ?? {});
    const { peer, entries, hashing } = this.#host;
    const root = await realpath(path).catch(() => resolve(path));
    const twin = entries.all.find(({ stored }) => stored.kind === 'place' && stored.folder === root);
    if (twin !== undefined && rereads !== true) return this.#found(twin, preferences);
    const { trackers, isSuperSeeding, usesDht, usesLsd } = { ...twin?.stored.preferences, ...preferences };
    const options = { ...making, trackers, isSuperSeeding, usesDht, usesLsd };
    return hashing.during(root, async (onProgress) => {
      if (twin === undefined)
        return this.#adopt(await peer.share(root, { ...options, onProgress }), preferences);
      const whole = await peer.describe(root, { ...options, onProgress });
      const { infoHashV1, infoHashV2 } = whole.metainfo;
      if (namesOf(infoHashV1, infoHashV2).key === twin.stored.key) return this.#found(twin, preferences);
      twin.requireUnowned();
      const kept = { ...twin.stored.preferences, unwanted: [], priorities: {}, ...preferences };
      // One that is denied, or cannot start, leaves the share that is there.
      const share = await peer.shareWhole(whole, options);
      await this.#host.remove(twin).catch(async (error: unknown) => {
        await share.stop();
        throw error;
      });
      return this.#adopt(share, kept);
    });
  }

  /**
   * Shares the data of a torrent where it lies.
   * @param dir holds the torrent's file or folder, or is that folder
   * @throws ShoalError data-mismatch when the data is not whole
   */
  async addInPlace(
    torrent: ReadTorrent,
    dir: string,
    preferences?: Partial<SharePreferences>,
  ): Promise<Added> {
    requirePreferences(preferences ?? {});
    const { peer, entries, hashing } = this.#host;
    const { infoHashV1, infoHashV2 } = torrent.metainfo;
    const names = namesOf(infoHashV1, infoHashV2);
    const twin = entries.index.findTwin(names.key, names.alias);
    this.#requireAllowed(names, twin);
    if (twin !== undefined) return this.#found(twin, preferences);
    const { trackers, isSuperSeeding, usesDht, usesLsd } = preferences ?? {};
    const options = { trackers, isSuperSeeding, usesDht, usesLsd };
    return hashing.during(resolve(dir), async (onProgress) =>
      this.#adopt(await peer.seed(torrent, dir, { ...options, onProgress }), preferences),
    );
  }

  /** A share that is there already, and may have become denied. @throws ShoalError unsupported, denied */
  #found(entry: RosterEntry, preferences: Partial<SharePreferences> | undefined): Added {
    this.#requireAllowed(entry.stored, entry);
    this.#requireSame(entry, preferences);
    this.#learn(entry, NOTHING_LEARNT, { preferences });
    return { entry, isNew: false };
  }

  /** Takes a share that runs already into the roster. */
  async #adopt(share: Share, preferences: Partial<SharePreferences> | undefined): Promise<Added> {
    const added = this.#add({ key: share.key, kind: 'place', where: { folder: share.folder }, preferences });
    // The same content may be there as a share that was fetched.
    if (!added.isNew || added.entry.stored.preferences.isPaused) await share.stop();
    else this.#host.runner.adopt(added.entry, share);
    return added;
  }

  /** Another link to a share that is there may name other trackers and peers, and so may a person. */
  #learn(
    entry: RosterEntry,
    link: Learnt,
    { preferences: given = {}, peers: named = [] }: LearnOptions,
  ): void {
    const known = new Set(tiersOf(entry).flat());
    const unknown = [...link.trackers, ...(given.trackers ?? [])].filter((url) => !known.has(url));
    const { preferences } = entry.stored;
    if (unknown.length > 0 && preferences.announce === undefined)
      this.#host.change(entry, { trackers: [...preferences.trackers, ...new Set(unknown)] });
    const peers = [...link.peers, ...named];
    if (entry.share !== undefined) entry.share.addPeers(peers);
    else this.#keepPeers(entry, peers);
  }

  /** The same for a share that is to be fetched: of one that is whole, nothing is looked for. @throws ShoalError unsupported */
  #learnToFetch(entry: RosterEntry, link: Learnt, options: LearnOptions): void {
    const { isSuperSeeding } = options.preferences ?? {};
    this.#requireSame(entry, entry.isWhole ? { isSuperSeeding } : options.preferences);
    this.#learn(entry, link, options);
  }

  /**
   * What is said once, when a share is added, cannot be said again otherwise.
   * @throws ShoalError unsupported when the share runs in a way that was not to be
   */
  #requireSame({ stored, name }: RosterEntry, given: Partial<SharePreferences> = {}): void {
    const { peer } = this.#host;
    const { usesDht, usesLsd, isSuperSeeding } = stored.preferences;
    const clash =
      given.usesDht === false && usesDht !== false && peer.dht !== undefined
        ? 'its peers are looked for in the DHT'
        : given.usesLsd === false && usesLsd !== false && peer.usesLsd
          ? 'its peers are looked for on the local network'
          : given.isSuperSeeding === true && isSuperSeeding !== true
            ? 'it is no super seed'
            : undefined;
    if (clash !== undefined)
      throw new ShoalError(
        'unsupported',
        `"${name}" is there already, as share ${stored.id}, and ${clash}: remove it first`,
      );
  }

  /** They are asked at the next start: also after a restart of the daemon, and then not for a private share. */
  #keepPeers(entry: RosterEntry, peers: readonly Address[]): void {
    if (peers.length === 0) return;
    entry.namedPeers = [...entry.namedPeers, ...peers].slice(-MAX_NAMED_PEERS);
    const { known } = separateNames(peers);
    if (known.length > 0) this.#host.peer.state.network.saveGoodPeers(entry.stored.key, known);
  }

  /** @param twin the share that is there already: it may have names that were not given @throws ShoalError denied */
  #requireAllowed({ key, alias }: Names, twin?: Pick<RosterEntry, 'hashBytes'>): void {
    const given = [fromHex(key), alias === undefined ? undefined : fromHex(alias)];
    const hashes = [...given, ...(twin?.hashBytes ?? [])];
    const denial = this.#host.peer.denialOf(hashes, 'add');
    if (denial !== undefined) throw denial;
  }

  /** What is denied is refused; the folders of a new share are tried before it exists. @returns the share that is there already */
  async #prepare({ key, alias }: Names, options: AddOptions): Promise<RosterEntry | undefined> {
    const { index } = this.#host.entries;
    this.#requireAllowed({ key, alias }, index.findTwin(key, alias));
    if (index.findTwin(key, alias) === undefined) await tryFolders(options, this.#host.runner.probe);
    return index.findTwin(key, alias);
  }

  #add({ key, alias, kind, where, link, preferences }: NewEntry): Added {
    const { entries, runner, settings } = this.#host;
    const twin = entries.index.findTwin(key, alias);
    if (twin !== undefined) return { entry: twin, isNew: false };
    const folder = resolve(where.folder);
    const incompleteDir = kind === 'fetch' ? this.#incompleteDirOf(where) : null;
    const entry = entries.add({
      key,
      kind,
      folder: incompleteDir === null ? folder : resolve(incompleteDir),
      link,
      ...(where.owner === undefined ? {} : { follow: where.owner.follow }),
      preferences: {
        ...DEFAULT_PREFERENCES,
        isPaused: !settings.now.startsAdded,
        position: entries.index.nextPosition,
        ...preferences,
        ...(incompleteDir === null ? {} : { doneDir: folder }),
      },
    });
    entry.prepare = where.owner?.prepare;
    runner.add(entry);
    runner.balance();
    return { entry, isNew: true };
  }

  /** Null: it lies where it goes from the beginning. */
  #incompleteDirOf({ incompleteDir }: Pick<AddOptions, 'incompleteDir'>): string | null {
    return incompleteDir === undefined ? this.#host.settings.now.incompleteDir : incompleteDir;
  }
}

function namesOf(infoHashV1: Uint8Array | undefined, infoHashV2: Uint8Array | undefined): Names {
  const alias = infoHashV2 === undefined ? undefined : toHex(infoHashV2);
  return { key: infoHashV1 === undefined ? alias! : toHex(infoHashV1), alias };
}

/**
 * Makes and tries the folders that were named for a new share. One that does not answer is taken: its disk may be asleep,
 * or on a network that is gone for now, and the share goes on by itself when it answers.
 * @throws ShoalError no-permission, not-found, io-error when one answers and cannot be used
 */
async function tryFolders(options: AddOptions, probe: FolderProbe): Promise<void> {
  const { folder, incompleteDir, triesFolders } = options;
  if (triesFolders !== true) return;
  for (const named of [folder, incompleteDir]) {
    if (typeof named !== 'string') continue;
    const answers = await probe.reach(resolve(named)).then(
      () => true,
      () => false,
    );
    if (answers) await requireFolder(named);
  }
}
