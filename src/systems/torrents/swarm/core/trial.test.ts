// A peer that was never seen to tell the truth gets few requests ahead of its first hash.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../../ground/address.ts';
import { Bitfield } from '../../../../ground/bitfield.ts';
import { createPrng } from '../../../../ground/prng.ts';
import { RateMeter } from '../../../../ground/rate-meter.ts';
import { TokenBucket } from '../../../../ground/token-bucket.ts';
import { BLOCK_LENGTH, type ConnectionId } from '../../../../ground/units.ts';
import type { SwarmContext } from './context.ts';
import { Downloads } from './downloads.ts';
import { Peer } from './peer.ts';
import { Picker } from './picker.ts';

const PIECES = 4000;

/** A share of pieces of one block. Peers answer when told to; hashes are known when `judge` says so. */
function lab() {
  const peers = new Map<ConnectionId, Peer>();
  const proving: number[] = [];
  let asked = 0;
  const prng = createPrng(1);
  const picker = new Picker({ pieceCount: PIECES, blockCount: () => 1, prng, maxActivePieces: PIECES });
  const geometry = { pieceCount: PIECES, blockCount: () => 1, blockLength: () => BLOCK_LENGTH };
  const context = {
    peers,
    now: 0,
    content: { picker, geometry, metainfo: { info: { version: 'v1' } } },
    downloadLimit: new TokenBucket(),
    downloaded: new RateMeter(),
    sink: {
      expectPiece: () => {},
      storeBlock: () => {},
      provePiece: (piece: number) => proving.push(piece),
      emit: () => {},
    },
    to: () => ({ block: () => asked++ }),
    close: (peer: Peer) => peers.delete(peer.id),
    wakeIn: () => {},
  };
  const downloads = new Downloads(context as unknown as SwarmContext, () => {});
  const join = (id: number): Peer => {
    const peer = new Peer(id, createAddress('192.0.2.1', id)!, true, 0);
    Object.assign(peer, { phase: 'open', isChokingUs: false, amInterested: true });
    peer.have = new Bitfield(PIECES);
    peer.have.fillAll();
    picker.rarity.addSeed();
    peers.set(id, peer);
    return peer;
  };
  const block = new Uint8Array(BLOCK_LENGTH);
  /** It answers all that it is asked for, also what follows upon that, as often as told. Returns how much it was asked. */
  const answer = (peer: Peer, rounds: number): number => {
    asked = 0;
    for (let round = 0; round < rounds; round++) {
      downloads.fill(peer);
      const owed: number[] = [];
      for (let piece = 0; piece < PIECES; piece++) if (peer.isAsked(piece, 0)) owed.push(piece);
      for (const piece of owed) {
        context.now++;
        downloads.handlePiece(peer, piece, 0, block);
        downloads.fill(peer);
      }
    }
    return asked;
  };
  const judge = (isRight: boolean | undefined): void => {
    for (const piece of proving.splice(0))
      downloads.handleVerdict(piece, { isRight: isRight ?? true, storageFailed: isRight === undefined });
  };
  return { peers, join, answer, judge };
}

test('however fast it answers, a stranger is asked for little before its first hash is known', () => {
  const { peers, join, answer, judge } = lab();
  const liar = join(1);
  const asked = answer(liar, 1000);
  assert.ok(asked > 0 && asked < 20, `${asked}`);
  judge(false);
  assert.equal(peers.size, 0);
});

test('a peer that has sent one right piece is asked for all it can send', () => {
  const { join, answer, judge } = lab();
  const honest = join(1);
  const before = answer(honest, 1000);
  judge(true);
  const after = answer(honest, 50);
  assert.ok(after > 10 * before, `${before} before, ${after} after`);
});

test('a disk that fails is no mark against a peer, nor for it', () => {
  const { join, answer, judge } = lab();
  const stranger = join(1);
  answer(stranger, 1000);
  judge(undefined);
  // More than at first, since it is quick; still as little as a round trip takes.
  const asked = answer(stranger, 1000);
  assert.ok(asked > 0 && asked < 40, `${asked}`);
});
