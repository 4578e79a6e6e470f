/** Adds shares to the roster: by link, by torrent, or a file or folder in place. One that is there already is returned. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatMagnet, type Magnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo } from '../../../data/content/metainfo.ts';
import { fromHex, toHex } from '../../../ground/bytes.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { addKnownLayers } from '../share/known-torrents.ts';
import { badTorrent, type Reach, readLink, type ReadTorrent } from '../share/link-source.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { NetworkMemory } from '../state/network-memory.ts';
import type { TorrentCopies } from '../state/torrent-copies.ts';
import { DEFAULT_PREFERENCES, type SharePreferences } from '../core/settings.ts';
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
  /** Where the address of a link may lie; absent when a person typed it. */
  readonly reach?: Reach;
}

export interface Added {
  readonly entry: RosterEntry;
  /** It was not there before. */
  readonly isNew: boolean;
}

export interface AdderHost {
  readonly peer: Pick<ShoalPeer, 'share' | 'denialOf' | 'filter'> & {
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
}

/** The names of a share: its key is the v1 name where it has one, the alias the v2 name. */
interface Names {
  readonly key: string;
  readonly alias?: string | undefined;
}

interface NewEntry extends Names {
  readonly kind: 'place' | 'fetch';
  readonly where: Pick<AddOptions, 'folder' | 'incompleteDir'>;
  readonly link?: string;
  readonly preferences?: Partial<SharePreferences> | undefined;
}

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
    if (!added.isNew) this.#learn(added.entry, magnet);
    return added;
  }

  /** The same for a torrent file that a program sends. @throws ShoalError bad-torrent */
  async addTorrentBytes(bytes: Uint8Array, options: AddOptions): Promise<Added> {
    const decoded = decodeMetainfo(bytes, nodeHasher);
    if (!decoded.ok) throw badTorrent('this', decoded.error);
    return this.addTorrent({ metainfo: decoded.value, bytes }, options);
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
    return added;
  }

  /**
   * Shares a file or folder in place.
   * @throws ShoalError not-found, no-permission, …
   */
  async addPath(path: string, preferences?: Partial<SharePreferences>): Promise<Added> {
    const { peer, entries, hashing, runner } = this.#host;
    const root = await realpath(path).catch(() => resolve(path));
    const twin = entries.all.find(({ stored }) => stored.kind === 'place' && stored.folder === root);
    if (twin !== undefined) return { entry: twin, isNew: false };
    const share = await hashing.during(root, (onProgress) =>
      peer.share(root, { trackers: preferences?.trackers, onProgress }),
    );
    const added = this.#add({ key: share.key, kind: 'place', where: { folder: share.folder }, preferences });
    // The same content may be there as a share that was fetched.
    if (!added.isNew || added.entry.stored.preferences.isPaused) await share.stop();
    else runner.adopt(added.entry, share);
    return added;
  }

  /** Another link to a share that is there may name other trackers and peers. */
  #learn(entry: RosterEntry, { trackers, peers }: Magnet): void {
    const known = new Set(tiersOf(entry).flat());
    const unknown = trackers.filter((url) => !known.has(url));
    const { preferences } = entry.stored;
    if (unknown.length > 0 && preferences.announce === undefined)
      this.#host.change(entry, { trackers: [...preferences.trackers, ...unknown] });
    if (entry.share !== undefined) entry.share.addPeers(peers);
    else if (peers.length > 0) this.#host.peer.state.network.saveGoodPeers(entry.stored.key, peers);
  }

  /** What is denied is refused; the folders of a new share are tried before it exists. @returns the share that is there already */
  async #prepare({ key, alias }: Names, options: AddOptions): Promise<RosterEntry | undefined> {
    const hashes = [fromHex(key), alias === undefined ? undefined : fromHex(alias)];
    const denial = this.#host.peer.denialOf(hashes, 'add');
    if (denial !== undefined) throw denial;
    const { index } = this.#host.entries;
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
      preferences: {
        ...DEFAULT_PREFERENCES,
        isPaused: !settings.now.startsAdded,
        position: entries.index.nextPosition,
        ...preferences,
        ...(incompleteDir === null ? {} : { doneDir: folder }),
      },
    });
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
