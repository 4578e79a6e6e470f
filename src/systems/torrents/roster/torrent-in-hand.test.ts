// A torrent that a program sends: decoded once, its bytes kept once and as they are, over restarts as well.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createFakeContext, createTestMetainfo, FakeHost } from '../../../../testkit/fake-share.ts';
import { encodeMetainfo } from '../../../data/content/metainfo.ts';
import { createMetainfo } from '../../../data/content/node/create.ts';
import type { StorageOptions } from '../../../data/storage/node/storage-options.ts';
import { toHex } from '../../../ground/bytes.ts';
import { StateDb } from '../state/state-db.ts';
import { ShoalPeer } from '../share/peer.ts';
import { Roster } from './roster.ts';

type Opened = Omit<StorageOptions, 'context'>;

/** A daemon without network: its state is real, its files are not. */
class Daemon {
  readonly roster: Roster;
  readonly state: StateDb;
  readonly #opened: Opened[] = [];
  #wake: () => void = () => {};

  private constructor(peer: ShoalPeer, state: StateDb, host: FakeHost, dir: string) {
    this.state = state;
    host.onOpen = async (options) => {
      this.#opened.push(options);
      this.#wake();
      return [];
    };
    this.roster = new Roster(peer, { downloadDir: join(dir, 'files') });
  }

  static async start(dir: string): Promise<Daemon> {
    const state = StateDb.claim(join(dir, 'state'));
    const host = new FakeHost();
    const peer = await ShoalPeer.open({}, async (options, { onStopped }) => {
      host.onStopped = onStopped;
      return { context: createFakeContext(host, state), options, close: async () => state.close() };
    });
    const daemon = new Daemon(peer, state, host, dir);
    await daemon.roster.start();
    return daemon;
  }

  /** What the next share is opened with. */
  async opened(): Promise<Opened> {
    while (this.#opened.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#opened.shift()!;
  }
}

const metainfo = { ...createTestMetainfo(), trackers: [['http://tracker.example/announce']] };
const key = toHex(metainfo.infoHashV1!);
/** With a key that we neither know nor write. */
const bytes = Buffer.concat([encodeMetainfo(metainfo).subarray(0, -1), Buffer.from('6:zodiac3:leoe')]);

async function inTemp(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-in-hand-'));
  try {
    await work(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('it is decoded once, and kept once, byte for byte', () =>
  inTemp(async (dir) => {
    const daemon = await Daemon.start(dir);
    const { roster, state } = daemon;
    const { entry, isNew } = await roster.addTorrentBytes(bytes, { folder: join(dir, 'files') });
    assert.equal(isNew, true);
    const decoded = entry.metainfo;
    const options = await daemon.opened();
    assert.equal(options.metainfo, decoded, 'what was decoded is what runs');
    assert.equal(options.torrent, 'kept', 'nothing is encoded');
    assert.deepEqual(Buffer.from(state.torrents.read(key)!), bytes);
    assert.deepEqual(readdirSync(state.torrents.folder), [`${key}.json`, `${key}.torrent`]);
    await roster.close();

    const again = await Daemon.start(dir);
    assert.equal((await again.opened()).torrent, 'kept', 'a restart writes nothing either');
    assert.deepEqual(readFileSync(again.state.torrents.pathOf(key)), bytes);
    await again.roster.close();
  }));

test('trackers that a person adds are kept with it, once, however often it starts', () =>
  inTemp(async (dir) => {
    const url = 'http://other.example/announce';
    const daemon = await Daemon.start(dir);
    const preferences = { trackers: [url] };
    await daemon.roster.addTorrentBytes(bytes, { folder: join(dir, 'files'), preferences });
    const { torrent, trackers } = await daemon.opened();
    assert.equal(torrent, undefined, 'it is made anew');
    assert.deepEqual(trackers, [...metainfo.trackers, [url]]);
    // As the storage does.
    daemon.state.torrents.save(
      key,
      { folder: dir, kind: 'fetch' },
      encodeMetainfo({ ...metainfo, trackers }),
    );
    await daemon.roster.close();

    const again = await Daemon.start(dir);
    const next = await again.opened();
    assert.deepEqual([next.torrent, next.trackers], ['kept', trackers]);
    await again.roster.close();
  }));

test('piece layers that are kept outlive a torrent without them', () =>
  inTemp(async (dir) => {
    const path = join(dir, 'film');
    writeFileSync(path, new Uint8Array(40_000));
    const whole = (await createMetainfo(path, { version: 'v2', pieceLength: 16 * 1024 })).metainfo;
    const bare = encodeMetainfo({ ...whole, pieceLayers: new Map() });
    const daemon = await Daemon.start(dir);
    const keptAs = toHex(whole.infoHashV2!);
    daemon.state.torrents.save(keptAs, { folder: '/before', kind: 'fetch' }, encodeMetainfo(whole));
    await daemon.roster.addTorrentBytes(bare, { folder: join(dir, 'files') });
    assert.deepEqual((await daemon.opened()).metainfo.pieceLayers, whole.pieceLayers);
    assert.deepEqual(daemon.state.torrents.read(keptAs), new Uint8Array(encodeMetainfo(whole)));
    await daemon.roster.close();
  }));

test('a state folder that kept torrents in its records is read', () =>
  inTemp(async (dir) => {
    const folder = join(dir, 'state');
    const state = StateDb.claim(folder);
    const counts = { epoch: 0, uploaded: 0, downloaded: 0, prints: new Map() };
    const record = { key, folder: '/old', kind: 'fetch', have: new Uint8Array(0), trust: 'none' } as const;
    state.shares.put({ ...record, ...counts });
    assert.equal(state.torrentOf(key, '/old'), undefined);
    state.close();
    const db = new DatabaseSync(join(folder, 'shoal.db'));
    db.prepare('UPDATE shares SET torrent = ? WHERE key = ?').run(bytes, key);
    db.close();
    const again = StateDb.claim(folder);
    assert.deepEqual(Buffer.from(again.torrentOf(key, '/old')!), bytes);
    again.torrents.save(key, { folder: '/old', kind: 'fetch' }, encodeMetainfo(metainfo));
    assert.deepEqual(
      again.torrentOf(key, '/old'),
      new Uint8Array(encodeMetainfo(metainfo)),
      'its copy is newer',
    );
    again.close();
  }));
