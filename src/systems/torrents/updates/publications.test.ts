// What becomes of publications over restarts, new versions and removals, without a network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestMetainfo } from '../../../../testkit/fake-share.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { publicKeyOf } from '../../../net/dht/node/ed25519.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { PublicationRecord } from '../state/network-memory.ts';
import type { StoredPublication } from '../state/held-table.ts';
import { type HeldPublication, Publications, type PublicationsHost } from './publications.ts';

const seed = new Uint8Array(32).fill(3);
const key = { name: 'default', seed, publicKey: publicKeyOf(seed) };
const metainfo = createTestMetainfo();
const shareKey = toHex(metainfo.infoHashV1!);
const STORED: StoredPublication = {
  id: 1,
  publicKey: toHex(key.publicKey),
  name: 'app',
  keyName: 'default',
  shareKey,
};

/** Waits for what promises do by themselves. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

class World {
  readonly rows = new Map<number, StoredPublication>();
  readonly entries = new Map<string, RosterEntry>();
  readonly added: object[] = [];
  readonly puts: number[] = [];
  readonly told: HeldPublication[] = [];
  /** What lookups of the DHT wait for, in order; the others do not wait. */
  readonly gates: Promise<void>[] = [];
  hasDht = true;
  /** Of the share that a path becomes. */
  sharedKey = shareKey;
  #last: PublicationRecord | undefined;

  constructor(...stored: StoredPublication[]) {
    for (const one of stored) this.rows.set(one.id, one);
  }

  get entry(): RosterEntry {
    return {
      metainfo,
      stored: { key: this.sharedKey, kind: 'place', folder: '/app', preferences: { isPaused: false } },
    } as unknown as RosterEntry;
  }

  open(): Publications {
    const dht = {
      onNewNeighbour: new Set(),
      waitUntilReady: async () => {},
      getItem: async () => {
        await this.gates.shift();
        return { item: undefined };
      },
      putItem: async ({ sequence }: { sequence: number }) => {
        this.puts.push(sequence);
        return [{ stored: 3 }];
      },
    };
    const network = {
      loadPublication: () => this.#last,
      savePublication: (record: PublicationRecord) => void (this.#last = record),
    };
    const roster = {
      peer: { dht: this.hasDht ? dht : undefined, state: { network } },
      addPath: async (path: string, options: object) => {
        this.added.push({ path, ...options });
        this.entries.set(this.sharedKey, this.entry);
        return { entry: this.entry, isNew: true };
      },
      change: () => {},
      resume: () => {},
      findByHash: (hash: string) => this.entries.get(hash),
    };
    const table: PublicationsHost['table'] = {
      publications: () => [...this.rows.values()],
      savePublication: (row) => {
        this.rows.set(1, { ...row, id: 1 });
        return { ...row, id: 1 };
      },
      removePublication: (id) => void this.rows.delete(id),
    };
    const keys = { load: async () => key, loadOrCreate: async () => ({ key, isNew: false }) };
    const host = { roster, keys, table } as unknown as PublicationsHost;
    const publications = new Publications(host);
    publications.listeners.add(1, { onEvent: (held) => void this.told.push(held), onRemoved: () => {} });
    return publications;
  }
}

test('what is published is read as it is now, with the pieces of the version before', async () => {
  const world = new World();
  const publications = world.open();
  const { publication, stored } = await publications.publish({
    name: 'app',
    path: '/app',
    pieceLength: 65_536,
  });
  await settle();
  assert.deepEqual([stored.id, publication!.sequence, world.puts], [1, 1, [1]]);
  assert.deepEqual([...world.rows.values()], [STORED]);
  assert.equal(world.told.at(-1)!.put!.stored, 3);
  await publications.publish({ name: 'app', path: '/app', uploadLimit: 5000 });
  const { pieceLength } = metainfo.info;
  assert.deepEqual(world.added.at(-1), {
    path: '/app',
    pieceLength,
    rereads: true,
    preferences: { uploadLimit: 5000 },
  });
  assert.equal(publications.all.length, 1, 'the same key and name are one publication');
  publications.close();
});

test('one of an earlier run is put again; without its share it says so, and tries again', async () => {
  const world = new World(STORED);
  const lost = world.open();
  lost.start();
  await settle();
  assert.match(lost.find(1)!.trouble!, /its share is no longer here: publish it again/);
  lost.close();
  world.entries.set(shareKey, world.entry);
  const found = world.open();
  found.start();
  await settle();
  assert.deepEqual([found.find(1)!.trouble, world.puts], [undefined, [1]]);
  found.close();
});

test('one that was removed is signed no more, also when it was just being opened', async () => {
  const world = new World(STORED);
  world.entries.set(shareKey, world.entry);
  const publications = world.open();
  publications.start();
  publications.remove(1);
  await settle();
  assert.deepEqual([publications.all, world.puts, world.rows.size], [[], [], 0]);
  publications.close();
});

test('without a DHT nothing is published, and nothing is shared for it', async () => {
  const world = new World();
  world.hasDht = false;
  const publications = world.open();
  await assert.rejects(publications.publish({ name: 'app', path: '/app' }), (error) => {
    assert.ok(error instanceof ShoalError);
    return error.code === 'unsupported';
  });
  assert.deepEqual(world.added, []);
  publications.close();
});

const NEWER = 'f'.repeat(40);

for (const [when, first] of [
  ['is being opened', undefined],
  ['waits for another to be opened', { ...STORED, id: 2, name: 'other' }],
] as const)
  test(`a version that is published while the old one ${when} stays`, async () => {
    const world = new World(...(first === undefined ? [] : [first]), STORED);
    world.entries.set(shareKey, world.entry);
    const gate = Promise.withResolvers<void>();
    world.gates.push(gate.promise);
    const publications = world.open();
    publications.start();
    await settle();
    world.sharedKey = NEWER;
    const { publication } = await publications.publish({ name: 'app', path: '/app' });
    gate.resolve();
    await settle();
    const held = publications.find(1)!;
    assert.equal(held.stored.shareKey, NEWER);
    assert.equal(held.publication, publication);
    assert.equal(held.trouble, undefined);
    publications.close();
  });

test('a new version that cannot be opened is the one that is tried again, and the old one is put no more', async () => {
  const world = new World();
  const publications = world.open();
  const { publication } = await publications.publish({ name: 'app', path: '/app' });
  await settle();
  world.sharedKey = NEWER;
  world.gates.push(Promise.reject(new Error('no answer')));
  await assert.rejects(publications.publish({ name: 'app', path: '/app' }), /no answer/);
  const { stored, trouble } = publications.find(1)!;
  assert.deepEqual([stored.shareKey, trouble], [NEWER, 'no answer']);
  publication!.onPut({ sequence: 1, stored: 3, isSuperseded: false });
  assert.equal(publications.find(1)!.trouble, 'no answer');
  publications.close();
});
