// The parts of the roster with a table in memory: what is written, told, added twice, moved and forgotten.
import { BlockList } from './block-list.ts';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { denyHashes, describeDenial } from '../../../ground/filter.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMagnet } from '../../../data/content/magnet.ts';
import { encodeMetainfo, type Metainfo, metainfoFromInfo } from '../../../data/content/metainfo.ts';
import { encodeBencode } from '../../../ground/bencode.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';
import { DEFAULT_PREFERENCES, type SharePreferences } from '../core/preferences.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { WholeShare } from '../share/in-place.ts';
import type { Share } from '../share/share.ts';
import type { StoredEntry } from '../state/roster-table.ts';
import { Adder, type AdderHost } from './adding.ts';
import { DaemonSettings } from './daemon-settings.ts';
import type { RosterEntry } from './entry.ts';
import { EntryStore, type RosterEvent } from './entry-store.ts';
import { FileOperations, type FileOperationsHost } from './file-operations.ts';
import { applySelection, wantedFilesOf } from './choose-files.ts';
import { FolderProbe } from './folder-probe.ts';
import { HashingList } from './hashing-list.ts';

const HASH = 'a'.repeat(40);
const decoded = metainfoFromInfo(
  encodeBencode({
    name: 'album',
    'piece length': 16_384,
    pieces: new Uint8Array(40),
    files: [
      { length: 16_384, path: ['one.flac'] },
      { length: 16_384, path: ['cover.jpg'] },
    ],
  }),
  nodeHasher,
);
assert.ok(decoded.ok);
const ALBUM = decoded.value;
const ALBUM_KEY = toHex(ALBUM.infoHashV1!);
const ALBUM_TORRENT = { metainfo: ALBUM, bytes: encodeMetainfo(ALBUM) };

/** The parts around a table, with everything that they did in order. */
class Bed {
  readonly rows = new Map<number, StoredEntry>();
  readonly done: string[] = [];
  readonly events: RosterEvent[] = [];
  readonly shares = new Map<string, Partial<Share>>();
  readonly torrents = new Set<string>();
  readonly peers: string[] = [];
  /** What a folder that is read again holds. */
  described: Metainfo = ALBUM;
  readonly records = new Set<string>();
  readonly filter: FakeFilter = new FakeFilter();
  readonly entries: EntryStore;
  readonly settings: DaemonSettings;
  shareWhole = async (): Promise<Share> => this.#share('/photos', 'e'.repeat(40));
  readonly adder: Adder;
  readonly files: FileOperations;

  constructor(settings: Partial<Settings> = {}) {
    const state = this.#state();
    this.entries = new EntryStore({
      findByHex: (hash) => this.shares.get(hash) as Share | undefined,
      ownAddresses: () => [],
      state,
    });
    this.entries.listen((event) => {
      this.events.push(event);
      if (event.type !== 'removed') {
        // Never told before it is written.
        assert.deepEqual(this.rows.get(event.stored.id), event.stored);
      }
    });
    this.settings = new DaemonSettings({
      stored: { values: settings, store: (_, alongside) => alongside?.() },
      limits: { download: 5000, upload: Number.POSITIVE_INFINITY },
      downloadDir: '/downloads',
      decidedAtStart: ['usesDht'],
      blockList: new BlockList(undefined),
    });
    const runner: AdderHost['runner'] & FileOperationsHost['runner'] = {
      probe: new FolderProbe(async () => {}),
      add: ({ stored }) => void this.done.push(`run ${stored.id}`),
      adopt: ({ stored }) => void this.done.push(`adopt ${stored.id}`),
      balance: () => {},
      whileStopped: async (_, work) => {
        this.done.push('stopped');
        work();
      },
      whileRunning: async (entry, work) => {
        this.done.push('running');
        await work(entry.share!);
      },
    };
    const peer: AdderHost['peer'] = {
      share: async (path) => this.#share(path),
      describe: async () => ({ metainfo: this.described }) as WholeShare,
      shareWhole: () => this.shareWhole(),
      seed: async (_, dir) => this.#share(dir, toHex(this.described.infoHashV1!)),
      dht: {} as ShoalPeer['dht'],
      usesLsd: false,
      state,
      filter: this.filter,
      denialOf: (hashes, occasion) => {
        const denial = denyHashes(this.filter, hashes, occasion);
        return denial === undefined
          ? undefined
          : new ShoalError('denied', describeDenial('this share', denial));
      },
    };
    this.adder = new Adder({
      peer,
      entries: this.entries,
      settings: this.settings,
      runner,
      hashing: new HashingList(),
      change: (entry, preferences) =>
        this.entries.update(entry, { preferences: { ...entry.stored.preferences, ...preferences } }),
      remove: async (entry) => this.entries.remove(entry),
    });
    this.files = new FileOperations({
      entries: this.entries,
      runner,
      state: { ...state, journalsFolder: '/none', edgesFolder: '/none' },
    });
  }

  #share(path: string, key = 'f'.repeat(40)): Share {
    const stop = async (): Promise<void> => void this.done.push('stop');
    return { key, folder: path, stop } as Partial<Share> as Share;
  }

  #state() {
    const { rows, torrents, records, done } = this;
    let lastId = 0;
    return {
      roster: {
        list: () => [],
        times: () => new Map(),
        add: (fields: Parameters<EntryStore['add']>[0]): StoredEntry => {
          const stored = { ...fields, id: ++lastId, addedAt: new Date(0), doneAt: undefined };
          rows.set(stored.id, stored);
          return stored;
        },
        update: (stored: StoredEntry) => void rows.set(stored.id, stored),
        remove: (id: number) => void rows.delete(id),
      },
      torrents: {
        has: (key: string) => torrents.has(key),
        read: () => undefined,
        pathOf: () => '/none',
        save: (key: string) => void torrents.add(key),
        movePlace: (_: string, from: string, to: string) => void done.push(`place ${from} ${to}`),
        drop: (key: string) => void torrents.delete(key),
      },
      torrentOf: () => undefined,
      shares: {
        get: () => undefined,
        has: (key: string) => records.has(key),
        names: () => new Map(),
        distrust: (key: string) => void done.push(`distrust ${key.slice(0, 4)}`),
        remove: (key: string) => void records.delete(key),
      },
      network: {
        saveGoodPeers: (key: string, peers: readonly unknown[]) =>
          void done.push(`${peers.length} peers of ${key.slice(0, 4)}`),
      },
    };
  }

  async album(): Promise<RosterEntry> {
    return (await this.adder.addTorrent(ALBUM_TORRENT, { folder: '/music' })).entry;
  }
}

test('a link is added once; another link to it adds what it knows', async () => {
  const bed = new Bed();
  const first = await bed.adder.addLink(HASH, { folder: 'music' });
  assert.equal(first.isNew, true);
  const { stored } = first.entry;
  assert.deepEqual([stored.key, stored.kind, stored.folder.endsWith('/music')], [HASH, 'fetch', true]);
  const magnet = formatMagnet({
    infoHashV1: Buffer.from(HASH, 'hex'),
    trackers: ['http://127.0.0.1/announce'],
    webSeeds: [],
    peers: [{ host: '127.0.0.1', port: 4 }],
  });
  const second = await bed.adder.addLink(magnet, { folder: '/elsewhere' });
  assert.deepEqual([second.isNew, second.entry], [false, first.entry]);
  assert.deepEqual(second.entry.stored.preferences.trackers, ['http://127.0.0.1/announce']);
  assert.deepEqual(bed.done, ['run 1', '1 peers of aaaa']);
  assert.deepEqual(
    bed.events.map(({ type }) => type),
    ['added', 'changed'],
  );
});

test('a torrent is kept before its share is added, and gives a link its metadata', async () => {
  const bed = new Bed({ startsAdded: false });
  const preferences = { selectGlobs: ['*.flac'] };
  const { entry } = await bed.adder.addTorrent(ALBUM_TORRENT, { folder: '/music', preferences });
  assert.deepEqual([entry.stored.preferences.isPaused, entry.stored.preferences.unwanted], [true, [1]]);
  assert.deepEqual([...bed.torrents], [ALBUM_KEY]);
  bed.torrents.clear();
  assert.equal((await bed.adder.addTorrent(ALBUM_TORRENT, { folder: '/other' })).isNew, false);
  assert.deepEqual([...bed.torrents], [ALBUM_KEY], 'it was lost, and is kept again');
  await assert.rejects(bed.adder.addTorrentBytes(new Uint8Array([1]), { folder: '/' }), {
    code: 'bad-torrent',
  });
});

test('while it is incomplete it lies where the settings or the person say', async () => {
  const bed = new Bed({ incompleteDir: '/incomplete' });
  const { stored } = await bed.album();
  assert.deepEqual([stored.folder, stored.preferences.doneDir], ['/incomplete', '/music']);
  const { entry } = await bed.adder.addLink(HASH, { folder: '/music', incompleteDir: null });
  assert.deepEqual([entry.stored.folder, entry.stored.preferences.doneDir], ['/music', undefined]);
});

test('a folder in place runs already: it is taken over, or stopped when it is to be paused', async () => {
  const bed = new Bed();
  const { entry } = await bed.adder.addPath('/photos');
  assert.deepEqual([entry.stored.kind, entry.stored.folder], ['place', '/photos']);
  assert.deepEqual(await bed.adder.addPath('/photos'), { entry, isNew: false });
  assert.deepEqual(bed.done, ['run 1', 'adopt 1']);
  const paused = new Bed();
  await paused.adder.addPath('/photos', { preferences: { isPaused: true } });
  assert.deepEqual(paused.done, ['run 1', 'stop']);
});

test('a folder that is read again and holds other content makes way for it, and keeps its preferences', async () => {
  const bed = new Bed();
  const { entry } = await bed.adder.addPath('/photos', { preferences: { labels: ['mine'] } });
  const again = await bed.adder.addPath('/photos', { rereads: true });
  assert.equal(again.isNew, true);
  assert.notEqual(again.entry.stored.id, entry.stored.id);
  assert.deepEqual([...bed.rows.keys()], [again.entry.stored.id], 'the old one is forgotten');
  assert.deepEqual(again.entry.stored.preferences.labels, ['mine']);
  bed.shareWhole = () => Promise.reject(new ShoalError('denied', 'a rule denies it'));
  await assert.rejects(bed.adder.addPath('/photos', { rereads: true }), { code: 'denied' });
  assert.deepEqual(bed.entries.all, [again.entry], 'what cannot be shared leaves the one that is there');
});

test('a followed version is kept as it is: nobody but its owner moves, renames or replaces it', async () => {
  const bed = new Bed();
  const { entry } = await bed.adder.addPath('/photos');
  bed.entries.update(entry, { follow: 3 });
  const refused = { code: 'unsupported', message: /by follow 3: end that follow first/ };
  await assert.rejects(bed.adder.addPath('/photos', { rereads: true }), refused);
  await assert.rejects(bed.files.move(entry, '/elsewhere'), refused);
  await assert.rejects(bed.files.relocate(entry, '/elsewhere'), refused);
  await assert.rejects(bed.files.rename(entry, new Map([[0, 'other']])), refused);
  assert.deepEqual(bed.entries.all, [entry]);
});

test('the data of a torrent is shared where it lies, once', async () => {
  const bed = new Bed();
  const preferences = { isSuperSeeding: true };
  const { entry } = await bed.adder.addInPlace(ALBUM_TORRENT, '/music/album', preferences);
  assert.deepEqual([entry.stored.kind, entry.stored.folder], ['place', '/music/album']);
  assert.equal(entry.stored.preferences.isSuperSeeding, true);
  assert.equal((await bed.adder.addInPlace(ALBUM_TORRENT, '/other')).isNew, false);
});

test('peers that a person names are asked at the next start; a share that runs asks them now', async () => {
  const bed = new Bed();
  const peers = [{ host: 'seed.example', port: 6881 }];
  const { entry } = await bed.adder.addTorrent(ALBUM_TORRENT, { folder: '/music', peers });
  assert.deepEqual(entry.namedPeers, peers);
  const asked: unknown[] = [];
  bed.shares.set(ALBUM_KEY, { addPeers: (more) => void asked.push(...more) });
  await bed.adder.addTorrent(ALBUM_TORRENT, { folder: '/music', peers });
  assert.deepEqual([asked, entry.namedPeers], [peers, peers]);
});

test('a share that is there is not said to run in a way in which it does not', async () => {
  const bed = new Bed();
  await bed.album();
  const add = (preferences: Partial<SharePreferences>) =>
    bed.adder.addTorrent(ALBUM_TORRENT, { folder: '/music', preferences });
  await assert.rejects(add({ usesDht: false }), {
    code: 'unsupported',
    message: /share 1, and .* in the DHT/,
  });
  assert.equal((await add({ usesLsd: false })).isNew, false, 'there is no local discovery anyway');
  bed.shares.set(ALBUM_KEY, { phase: 'seeding', addPeers: () => {} });
  assert.equal((await add({ usesDht: false })).isNew, false, 'it is whole: nothing is looked for');
  await bed.adder.addPath('/photos');
  await assert.rejects(bed.adder.addPath('/photos', { preferences: { isSuperSeeding: true } }), {
    message: /it is no super seed/,
  });
});

test('settings: what was set, then options of the start, then defaults; what cannot hold is refused', () => {
  const { settings } = new Bed({ labels: { film: { folder: '/films' } }, uploadLimit: 7 });
  assert.deepEqual(settings.now, {
    ...DEFAULT_SETTINGS,
    labels: { film: { folder: '/films' } },
    downloadLimit: 5000,
    uploadLimit: 7,
  });
  assert.deepEqual(
    [settings.folderFor(['none', 'film']), settings.folderFor(['constructor']), settings.reach],
    ['/films', '/downloads', 'inside'],
  );
  assert.deepEqual(settings.change({ downloadDir: '/new', uploadLimit: undefined }), { downloadDir: '/new' });
  assert.deepEqual([settings.downloadDir, settings.now.uploadLimit], ['/new', 7]);
  assert.throws(() => settings.change({ usesDht: true }), { code: 'unsupported' });
  assert.throws(() => settings.change({ cacheSize: -1 }), { code: 'bad-argument' });
});

test('settings that the block list cannot follow are not kept, and nothing has changed', () => {
  const written: object[] = [];
  let failure: ShoalError | undefined;
  const settings = new DaemonSettings({
    stored: {
      values: { uploadLimit: 7000 },
      store: (change, alongside) => {
        alongside?.();
        written.push(change);
      },
    },
    limits: { download: Number.POSITIVE_INFINITY, upload: Number.POSITIVE_INFINITY },
    downloadDir: '/downloads',
    decidedAtStart: [],
    blockList: {
      settings: new BlockList(undefined).settings,
      require: () => {},
      storable: (given) => given,
      change: () => {
        if (failure !== undefined) throw failure;
      },
    },
  });
  settings.change({ uploadLimit: 9000 });
  failure = new ShoalError('no-space', 'the disk is full');
  assert.throws(() => settings.change({ uploadLimit: 8000, mayReachPrivate: true }), failure);
  assert.deepEqual(
    [settings.now.uploadLimit, settings.reach, written],
    [9000, 'inside', [{ uploadLimit: 9000 }]],
  );
});

test('files are chosen from at once, or as soon as it is known what is here', async () => {
  const bed = new Bed();
  const entry = await bed.album();
  const change = { ...DEFAULT_PREFERENCES, selectGlobs: ['cover*'] };
  bed.entries.update(entry, { preferences: change });
  assert.deepEqual([...wantedFilesOf({ entry, metainfo: ALBUM, entries: bed.entries })], [1]);
  assert.deepEqual(bed.rows.get(1)!.preferences.unwanted, [0], 'the choice is written as indexes');
  const chosen: number[][] = [];
  const known = Promise.withResolvers<typeof ALBUM>();
  const share: Partial<Share> = {
    metainfo: ALBUM,
    phase: 'checking',
    whenKnown: () => known.promise,
    select: async (files) => void chosen.push([...files]),
  };
  bed.shares.set(ALBUM_KEY, share);
  await applySelection(entry);
  assert.deepEqual(chosen, []);
  known.resolve(ALBUM);
  await known.promise.then(() => {});
  assert.deepEqual(chosen, [[1]]);
  bed.shares.set(ALBUM_KEY, { ...share, phase: 'fetching' });
  await applySelection(entry);
  assert.deepEqual(chosen, [[1], [1]]);
});

test('a share of which nothing is known lies elsewhere from now on; one in place is never moved', async () => {
  const bed = new Bed();
  const { entry } = await bed.adder.addLink(HASH, { folder: '/music' });
  await bed.files.move(entry, '/');
  assert.deepEqual([entry.stored.folder, bed.done.slice(1)], ['/', ['stopped', 'place /music /']]);
  await assert.rejects(bed.files.rename(entry, new Map([[0, 'x']])), { code: 'unsupported' });
  await bed.files.verify(entry);
  assert.deepEqual(bed.done.slice(3), ['stopped', 'distrust aaaa']);
  const place = await bed.adder.addPath('/photos');
  await assert.rejects(bed.files.move(place.entry, '/'), { code: 'unsupported' });
  await assert.rejects(bed.files.rename(place.entry, new Map()), { code: 'unsupported' });
});

test('a running share is moved and renamed by itself; where it lies is written afterwards', async () => {
  const bed = new Bed();
  const entry = await bed.album();
  const renamed: (readonly [number, string])[] = [];
  const share: { -readonly [Name in keyof Share]?: Share[Name] } = {
    metainfo: ALBUM,
    folder: '/music',
    moveTo: async (folder) => {
      assert.equal(entry.stored.folder, '/music');
      share.folder = folder;
    },
    renameFile: async (file, path) => {
      if (path === 'taken') throw new ShoalError('name-conflict', 'it is taken');
      renamed.push([file, path]);
    },
  };
  bed.shares.set(ALBUM_KEY, share);
  await bed.files.move(entry, '/');
  assert.equal(entry.stored.folder, '/');
  await assert.rejects(
    bed.files.rename(
      entry,
      new Map([
        [0, 'new'],
        [1, 'taken'],
      ]),
    ),
    { code: 'name-conflict' },
  );
  assert.deepEqual(renamed, [[0, 'new']]);
});

test('what is known of data that stays is kept, and of a removed link nothing is', async () => {
  const bed = new Bed();
  const entry = await bed.album();
  bed.records.add(ALBUM_KEY);
  bed.entries.remove(entry);
  assert.equal(await bed.files.forget(entry, false), false);
  assert.deepEqual([bed.rows.size, bed.torrents.has(ALBUM_KEY)], [0, true]);
  bed.records.clear();
  assert.equal(await bed.files.forget(entry, true), true);
  bed.entries.tellRemoved(entry);
  assert.equal(bed.torrents.has(ALBUM_KEY), false);
  assert.deepEqual(bed.events.at(-1), { type: 'removed', id: 1, key: ALBUM_KEY });
});

test('what the rules deny is not added, by whichever of its hashes, and leaves nothing behind', async () => {
  const bed = new Bed();
  bed.filter.deny(HASH, ALBUM_KEY);
  const denied = { code: 'denied', message: 'the rules deny this share: spam (list "test")' };
  await assert.rejects(bed.adder.addLink(HASH, { folder: 'music' }), denied);
  await assert.rejects(bed.adder.addTorrent(ALBUM_TORRENT, { folder: '/music' }), denied);
  await assert.rejects(bed.adder.addTorrentBytes(ALBUM_TORRENT.bytes, { folder: '/music' }), denied);
  assert.deepEqual([bed.rows.size, bed.torrents.size, bed.done], [0, 0, []]);
  assert.deepEqual(bed.filter.refused, [`add ${HASH}`, `add ${ALBUM_KEY}`, `add ${ALBUM_KEY}`]);
  bed.filter.allow(HASH);
  assert.equal((await bed.adder.addLink(HASH, { folder: 'music' })).isNew, true);
});

test('a folder that is shared already is not said to be shared when the rules deny it since', async () => {
  const bed = new Bed();
  const { entry } = await bed.adder.addPath('/photos');
  bed.filter.deny(entry.stored.key);
  await assert.rejects(bed.adder.addPath('/photos'), { code: 'denied' });
  assert.deepEqual(bed.entries.all, [entry]);
  bed.filter.allow(entry.stored.key);
  assert.deepEqual(await bed.adder.addPath('/photos'), { entry, isNew: false });
});
