// What a follower does with the version that is here already, without a network.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestMetainfo, PIECE_LENGTH } from '../../../../testkit/fake-share.ts';
import { encodeMetainfo } from '../../../data/content/metainfo.ts';
import { encodeBencode } from '../../../ground/bencode.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { publicKeyOf, signWithSeed } from '../../../net/dht/node/ed25519.ts';
import { encodePointer, signedBytes } from '../../../net/dht/wire/items.ts';
import { Follower } from './follow.ts';
import type { ShoalPeer } from './peer.ts';

const seed = new Uint8Array(32).fill(3);
const publicKey = publicKeyOf(seed);
const metainfo = createTestMetainfo();
const value = encodePointer({ infoHash: metainfo.infoHashV1! });
const item = encodeBencode({
  k: publicKey,
  seq: 1,
  sig: signWithSeed(seed, signedBytes(undefined, 1, value)),
  v: value,
});

test('a version whose share was ended by a rule is seeded again when the rule is gone', async (t) => {
  const outputDir = mkdtempSync(join(tmpdir(), 'shoal-follow-'));
  t.after(() => rmSync(outputDir, { recursive: true, force: true }));
  mkdirSync(join(outputDir, 'pair'));
  for (const name of ['a', 'b'])
    writeFileSync(join(outputDir, 'pair', name), new Uint8Array(2 * PIECE_LENGTH));
  let denial: ShoalError | undefined;
  const seeded: { phase: string; stop: () => Promise<void> }[] = [];
  const record = { sequence: 1, torrent: encodeMetainfo(metainfo), fingerprints: '[]', item };
  const peer = {
    dht: {
      waitUntilReady: async () => {},
      getItem: async () => ({ item: undefined }),
      putItem: async () => [],
    },
    state: { lock: () => {}, unlock: () => {}, network: { loadFollow: () => record } },
    denialOf: () => denial,
    filesInPlace: () => ({ fingerprint: async () => [] }),
    seed: async () => {
      if (denial !== undefined) throw denial;
      const share = { phase: 'seeding', stop: async () => {} };
      seeded.push(share);
      return share;
    },
  } as unknown as ShoalPeer;
  const stop = new AbortController();
  const link = { publicKey, salt: undefined, name: undefined };
  const follower = new Follower(peer, { link, outputDir, signal: stop.signal } as never);
  const counts: number[] = [];
  for await (const { type } of follower.run()) {
    assert.equal(type, 'up-to-date');
    counts.push(seeded.length);
    if (counts.length === 2) {
      denial = new ShoalError('denied', 'a rule denies this share');
      seeded[0]!.phase = 'stopped';
    }
    if (counts.length === 4) denial = undefined;
    if (counts.length === 6) stop.abort();
    else follower.lookNow();
  }
  assert.deepEqual(counts, [1, 1, 1, 1, 2, 2]);
});
