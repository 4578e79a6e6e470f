// Which number a version gets, and when its item is put again.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createTestMetainfo } from '../../../../testkit/fake-share.ts';
import { toHex } from '../../../ground/bytes.ts';
import type { Item } from '../../../net/dht/core/operations.ts';
import { nodeSignatures, publicKeyOf } from '../../../net/dht/node/ed25519.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { encodePointer, signedBytes } from '../../../net/dht/wire/items.ts';
import type { NetworkMemory, PublicationRecord } from '../state/network-memory.ts';
import { Publication, publicationLink, type PublishedStatus, REPUT_MS } from './publish.ts';
import type { Share } from './share.ts';

const seed = new Uint8Array(32).fill(5);
const key = { name: 'me', seed, publicKey: publicKeyOf(seed) };
const metainfo = createTestMetainfo();
const share = {
  infoHashV1: metainfo.infoHashV1,
  infoHashV2: undefined,
  key: toHex(metainfo.infoHashV1!),
  metainfo,
} as Share;
const OWN = encodePointer({ infoHash: share.infoHashV1! });
const OTHER = encodePointer({ infoHash: new Uint8Array(20) });

/** Promises that are settled by now have gone on. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

class World {
  last: PublicationRecord | undefined;
  /** What the network has. */
  item: Item | undefined;
  readonly put: Item[] = [];
  readonly told: PublishedStatus[] = [];
  readonly neighbours: Set<() => void> = new Set();
  /** Nodes that store the next items; then eight. */
  storing: number[] = [];

  remember(sequence: number, shareKey: string): void {
    this.last = { publicKey: toHex(key.publicKey), name: 'site', sequence, shareKey, pieceLength: 1 };
  }

  open(): Promise<Publication> {
    const dht = {
      onNewNeighbour: this.neighbours,
      getItem: async () => ({ item: this.item }),
      putItem: async (item: Item) => {
        this.put.push(item);
        if (this.item !== undefined && this.item.sequence! > item.sequence!)
          return [{ stored: 0, refusal: { code: 302 } }];
        return [{ stored: this.storing.shift() ?? 8 }];
      },
    };
    const memory = {
      loadPublication: () => this.last,
      savePublication: (record: PublicationRecord) => void (this.last = record),
    };
    return Publication.open(dht as unknown as DhtService, memory as unknown as NetworkMemory, share, {
      key,
      name: 'site',
    }).then((publication) => {
      publication.onPut = (status) => this.told.push(status);
      return publication;
    });
  }
}

const found = (sequence: number, value: Uint8Array): Item => ({ value, key: key.publicKey, sequence });

const cases: readonly (readonly [string, (world: World) => void, number])[] = [
  ['the first version', () => {}, 1],
  ['the same share again', (world) => world.remember(4, share.key), 4],
  ['another share', (world) => world.remember(4, 'f'.repeat(40)), 5],
  ['the network has this version, and we forgot it', (world) => (world.item = found(9, OWN)), 9],
  ['another machine published something else', (world) => (world.item = found(9, OTHER)), 10],
  [
    'the network is behind us',
    (world) => {
      world.remember(4, share.key);
      world.item = found(3, OTHER);
    },
    4,
  ],
  [
    'another machine took our number',
    (world) => {
      world.remember(4, share.key);
      world.item = found(4, OTHER);
    },
    5,
  ],
];
for (const [name, prepare, sequence] of cases)
  test(`sequence number: ${name}`, async () => {
    const world = new World();
    prepare(world);
    const publication = await world.open();
    assert.equal(publication.sequence, sequence);
    assert.deepEqual([world.last?.sequence, world.last?.shareKey], [sequence, share.key], 'it is remembered');
  });

test('the item is signed by the key, and names the share', async () => {
  const world = new World();
  const publication = await world.open();
  await publication.start();
  publication.stop();
  const [{ value, salt, sequence, signature }] = world.put as [Required<Item>];
  assert.deepEqual(value, OWN);
  assert.ok(nodeSignatures.verify(key.publicKey, signedBytes(salt, sequence, value), signature));
  assert.equal(publication.link, publicationLink({ key, name: 'site' }));
});

test('it is put again soon while no node has it, then before nodes forget it, and when a node appears', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const world = new World();
    world.storing = [0];
    const publication = await world.open();
    await publication.start();
    mock.timers.tick(10_000);
    await settle();
    assert.deepEqual(
      world.told.map(({ stored }) => stored),
      [0, 8],
    );
    mock.timers.tick(REPUT_MS - 1);
    await settle();
    assert.equal(world.put.length, 2);
    mock.timers.tick(1);
    await settle();
    assert.equal(world.put.length, 3);
    for (const wake of world.neighbours) wake();
    mock.timers.tick(300);
    await settle();
    assert.equal(world.put.length, 4);
    publication.stop();
    mock.timers.tick(10 * REPUT_MS);
    await settle();
    assert.deepEqual([world.put.length, world.neighbours.size], [4, 0]);
  } finally {
    mock.timers.reset();
  }
});

test('a newer version that was not found at first is passed once; a later one is told', async () => {
  const world = new World();
  const publication = await world.open();
  world.item = found(7, OTHER);
  await publication.start();
  assert.deepEqual(world.told, [{ sequence: 8, stored: 8, isSuperseded: false }]);
  publication.stop();

  const other = new World();
  const loser = await other.open();
  await loser.start();
  other.item = found(7, OTHER);
  await loser.start();
  assert.deepEqual(other.told.at(-1), { sequence: 1, stored: 0, isSuperseded: true });
  loser.stop();
});

test('names have 1 to 64 bytes', () => {
  for (const name of ['', 'x'.repeat(65)])
    assert.throws(() => publicationLink({ key, name }), { code: 'bad-argument' });
});
