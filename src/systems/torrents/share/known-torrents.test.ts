// What is taken from earlier runs: metadata, piece layers, and the word that data is right.
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Geometry } from '../../../data/content/geometry.ts';
import { encodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { createMetainfo } from '../../../data/content/node/create.ts';
import { FileHandles } from '../../../data/disk/file-handles.ts';
import type { ShareRecord } from '../../../data/storage/records.ts';
import { ShareFiles } from '../../../data/storage/node/share-files.ts';
import { StateDb } from '../state/state-db.ts';
import { addKnownLayers, findMetadata, findUnchanged, isKnownWhole, keyOf } from './known-torrents.ts';

interface Known {
  readonly state: StateDb;
  readonly handles: FileHandles;
  /** A file of three pieces. */
  readonly path: string;
  readonly metainfo: Metainfo;
  /** Notes it as shared in place, all of it right. */
  remember(changes?: Partial<ShareRecord>): Promise<void>;
  prints(): ReturnType<ShareFiles['fingerprint']>;
}

async function withKnown(work: (known: Known) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-known-'));
  const state = StateDb.claim(join(dir, 'state'));
  const handles = new FileHandles();
  try {
    const path = join(dir, 'film');
    mkdirSync(dir, { recursive: true });
    writeFileSync(path, new Uint8Array(40_000).fill(7));
    const { metainfo } = await createMetainfo(path, { version: 'v2', pieceLength: 16 * 1024 });
    const files = ShareFiles.inPlace(new Geometry(metainfo.info), [path], handles);
    const prints = (): ReturnType<ShareFiles['fingerprint']> => files.fingerprint();
    const remember = async (changes: Partial<ShareRecord> = {}): Promise<void> => {
      const key = keyOf(metainfo);
      const found = await prints();
      const record = {
        key,
        folder: path,
        kind: 'place',
        have: Uint8Array.of(0xe0),
        trust: 'all',
        epoch: 0,
        uploaded: 0,
        downloaded: 0,
        prints: new Map(found.map(({ file, size, modifiedMs }) => [file, { size, modifiedMs }])),
        ...changes,
      } as const;
      state.torrents.save(key, record, encodeMetainfo(metainfo));
      state.shares.put(record);
    };
    await work({ state, handles, path, metainfo, remember, prints });
  } finally {
    handles.closeAll();
    state.close();
    rmSync(dir, { recursive: true });
  }
}

/** As a torrent file that lacks what peers may be asked for. */
const withoutLayers = (metainfo: Metainfo): Metainfo => ({ ...metainfo, pieceLayers: new Map() });

test('the metadata of a link is known where it was fetched to', () =>
  withKnown(async ({ metainfo, remember, ...context }) => {
    const magnet = { infoHashV2: metainfo.infoHashV2!, trackers: [], webSeeds: [], peers: [] };
    await remember({ folder: '/out', kind: 'fetch' });
    assert.deepEqual(findMetadata(context, magnet, '/out')?.infoBytes, metainfo.infoBytes);
    assert.equal(findMetadata(context, magnet, '/elsewhere'), undefined);
  }));

test('piece layers that are kept are taken, whichever folder they were fetched for', () =>
  withKnown(async ({ metainfo, remember, ...context }) => {
    const bare = withoutLayers(metainfo);
    assert.equal(addKnownLayers(context.state, bare, '/elsewhere'), false, 'nothing is kept');
    await remember();
    assert.equal(addKnownLayers(context.state, bare, '/elsewhere'), true);
    assert.deepEqual(bare.pieceLayers, metainfo.pieceLayers);
    assert.equal(addKnownLayers(context.state, bare, '/elsewhere'), false, 'none is missing');
  }));

test('data is known to be right while nothing has touched it', () =>
  withKnown(async ({ path, metainfo, remember, prints, ...context }) => {
    const isKnown = async (): Promise<boolean> =>
      isKnownWhole(context, withoutLayers(metainfo), path, await prints());
    assert.equal(await isKnown(), false);
    await remember();
    assert.equal(await isKnown(), true);
    await remember({ trust: 'none' });
    assert.equal(await isKnown(), false);
    await remember();
    appendFileSync(path, 'more');
    assert.equal(await isKnown(), false);
  }));

test('a path is not hashed again for what was made of it before', () =>
  withKnown(async ({ path, metainfo, remember, prints: _, ...context }) => {
    await remember();
    const find = (options: Parameters<typeof findUnchanged>[3]): ReturnType<typeof findUnchanged> =>
      findUnchanged(context, path, [path], options);
    assert.deepEqual((await find({ version: 'v2' }))?.metainfo.infoBytes, metainfo.infoBytes);
    for (const other of [
      {},
      { version: 'v2', isPrivate: true },
      { version: 'v2', pieceLength: 32 * 1024 },
    ] as const)
      assert.equal(await find(other), undefined, JSON.stringify(other));
    appendFileSync(path, 'more');
    assert.equal(await find({ version: 'v2' }), undefined);
  }));
