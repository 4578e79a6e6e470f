// The picker: rarest first, order, end game, exclusive retries, priorities; each piece in exactly one state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../../ground/bitfield.ts';
import { createPrng } from '../../../../ground/prng.ts';
import { Picker, type PickingPeer } from './picker.ts';
import { cpuTimeMs } from '../../../../../testkit/cpu-time.ts';

function make(
  pieceCount: number,
  options: { sequential?: boolean; maxActive?: number; blocks?: number } = {},
): Picker {
  return new Picker({
    pieceCount,
    blockCount: () => options.blocks ?? 2,
    prng: createPrng(1),
    maxActivePieces: options.maxActive ?? 100,
    isSequential: options.sequential === true,
  });
}

function peer(
  id: number,
  pieces: readonly number[] | 'all',
  pieceCount: number,
): PickingPeer & { readonly asked: Set<string> } {
  const have = new Bitfield(pieceCount);
  if (pieces === 'all') have.fillAll();
  else for (const piece of pieces) have.add(piece);
  const asked = new Set<string>();
  return { id, have, asked, endGameRoom: 4, isAsked: (piece, block) => asked.has(`${piece}/${block}`) };
}

function pick(picker: Picker, from: ReturnType<typeof peer>, count: number): [number, number][] {
  const picked: [number, number][] = [];
  picker.pick(from, count, (piece, block) => {
    from.asked.add(`${piece}/${block}`);
    picked.push([piece, block]);
  });
  return picked;
}

function deliver(picker: Picker, from: ReturnType<typeof peer>, blocks: readonly [number, number][]): void {
  for (const [piece, block] of blocks) assert.equal(picker.handleBlock(piece, block, from.id), 'taken');
}

test('the rarest piece comes first', () => {
  const picker = make(4);
  const seed = peer(1, 'all', 4);
  picker.rarity.addSeed();
  for (const piece of [0, 1, 3]) picker.rarity.addOne(piece);
  assert.deepEqual(pick(picker, seed, 2), [
    [2, 0],
    [2, 1],
  ]);
});

test('rarity follows HAVE and departures', () => {
  const picker = make(3);
  const seed = peer(1, 'all', 3);
  picker.rarity.addSeed();
  const bits = new Bitfield(3);
  bits.add(0);
  bits.add(1);
  picker.rarity.addAll(bits);
  assert.deepEqual(pick(picker, seed, 1), [[2, 0]]);
  picker.rarity.removeOne(1);
  assert.equal(pick(picker, seed, 2)[1]![0], 1);
});

test('a seed is asked for what only seeds have before it finishes what others can', () => {
  const picker = make(4, { blocks: 4 });
  const seed = peer(1, 'all', 4);
  const other = peer(2, [0], 4);
  picker.rarity.addSeed();
  picker.rarity.addOne(0);
  assert.deepEqual(pick(picker, other, 1), [[0, 0]]);
  const fromSeed = pick(picker, seed, 12).map(([piece]) => piece);
  assert.ok(!fromSeed.includes(0), fromSeed.join());
  assert.deepEqual(new Set(pick(picker, seed, 3).map(([piece]) => piece)), new Set([0]));
});

test('sequential: in order, also after a piece failed', () => {
  const picker = make(3, { sequential: true, blocks: 1 });
  const seed = peer(1, 'all', 3);
  picker.rarity.addSeed();
  const picked = pick(picker, seed, 2);
  assert.deepEqual(picked, [
    [0, 0],
    [1, 0],
  ]);
  deliver(picker, seed, picked);
  picker.handleVerdict(0, false);
  seed.asked.clear();
  assert.deepEqual(pick(picker, seed, 2), [
    [0, 0],
    [2, 0],
  ]);
});

test('started pieces are finished before new ones, and memory bounds the new ones', () => {
  const picker = make(10, { maxActive: 2, blocks: 4 });
  picker.rarity.addSeed();
  const a = peer(1, 'all', 10);
  const b = peer(2, 'all', 10);
  const first = pick(picker, a, 2);
  const second = pick(picker, b, 2);
  assert.equal(second[0]![0], first[0]![0]);
  assert.equal(pick(picker, a, 100).length, 4);
  assert.equal(picker.activeCount, 2);
});

test('an unwanted piece is never requested; the selection may change', () => {
  const picker = make(3, { blocks: 1 });
  picker.rarity.addSeed();
  const seed = peer(1, 'all', 3);
  picker.setPriority(0, 0);
  picker.setPriority(2, 7);
  assert.deepEqual(pick(picker, seed, 9), [
    [2, 0],
    [1, 0],
  ]);
  assert.equal(picker.wantedLeft, 2);
  picker.setPriority(0, 4);
  assert.deepEqual(pick(picker, seed, 1), [[0, 0]]);
});

test('end game: blocks are asked for again at others, at most three in all, and cancelled by coming', () => {
  const picker = make(1, { blocks: 2 });
  picker.rarity.addSeed();
  const peers = [1, 2, 3, 4].map((id) => peer(id, 'all', 1));
  assert.equal(pick(picker, peers[0]!, 2).length, 2);
  assert.equal(pick(picker, peers[0]!, 2).length, 0);
  assert.equal(pick(picker, peers[1]!, 2).length, 2);
  assert.equal(pick(picker, peers[2]!, 2).length, 2);
  assert.equal(pick(picker, peers[3]!, 2).length, 0);
  assert.equal(picker.handleBlock(0, 0, 2), 'taken');
  assert.equal(picker.handleBlock(0, 0, 1), 'unwanted');
});

test('a block that was released is asked for again', () => {
  const picker = make(1, { blocks: 1 });
  picker.rarity.addSeed();
  assert.equal(pick(picker, peer(1, 'all', 1), 1).length, 1);
  picker.release(0, 0);
  assert.deepEqual(pick(picker, peer(2, 'all', 1), 1), [[0, 0]]);
});

test('after a failed hash a piece comes from one peer alone', () => {
  const picker = make(1, { blocks: 2 });
  picker.rarity.addSeed();
  const a = peer(1, 'all', 1);
  const b = peer(2, 'all', 1);
  deliver(picker, a, pick(picker, a, 1));
  deliver(picker, b, pick(picker, b, 1));
  assert.deepEqual([...picker.active(0)!.sources], [1, 2]);
  picker.handleVerdict(0, false);
  a.asked.clear();
  assert.equal(pick(picker, a, 1).length, 1);
  assert.equal(pick(picker, b, 2).length, 0);
  picker.releaseExclusive(1);
  assert.equal(pick(picker, b, 2).length > 0, true);
});

test('present, lost, present again', () => {
  const picker = make(2);
  picker.markPresent(0);
  assert.deepEqual([picker.wantedLeft, picker.have.has(0)], [1, true]);
  picker.markLost(0);
  assert.deepEqual([picker.wantedLeft, picker.have.has(0)], [2, false]);
});

test('while it chokes us, only allowed fast pieces are asked of a peer', () => {
  const picker = make(5, { blocks: 1 });
  picker.rarity.addSeed();
  const choking = { ...peer(1, 'all', 5), onlyPieces: new Set([3]) };
  assert.deepEqual(pick(picker, choking, 9), [[3, 0]]);
});

test('half a million pieces: a pick takes microseconds', () => {
  const picker = make(500_000);
  picker.rarity.addSeed();
  const seed = peer(1, 'all', 500_000);
  pick(picker, seed, 1);
  const startedMs = cpuTimeMs();
  for (let i = 0; i < 50; i++) pick(picker, seed, 2);
  assert.ok(cpuTimeMs() - startedMs < 500);
});

test('small pieces are asked for in stretches, rare ones before', () => {
  const pieceCount = 256;
  const picker = new Picker({
    pieceCount,
    blockCount: () => 1,
    prng: createPrng(3),
    maxActivePieces: 1000,
    pieceLength: 16_384,
  });
  const seed = peer(1, 'all', pieceCount);
  picker.rarity.addSeed();
  const first = pick(picker, seed, 20).map(([piece]) => piece);
  const stretchEnd = (Math.floor(first[0]! / 64) + 1) * 64;
  const run = Math.min(20, stretchEnd - first[0]!);
  assert.deepEqual(
    first.slice(0, run),
    Array.from({ length: run }, (_, i) => first[0]! + i),
  );
  // What others have by now is less rare: it waits.
  for (let piece = 0; piece < pieceCount; piece++) if (piece % 2 === 0) picker.rarity.addOne(piece);
  const next = pick(picker, seed, 20).map(([piece]) => piece);
  assert.ok(
    next.every((piece) => piece % 2 === 1),
    `${next}`,
  );
});

test('in the end game, a peer that owes us much is not asked for blocks that others owe us', () => {
  const picker = make(1);
  const [one, other] = [peer(1, 'all', 1), peer(2, 'all', 1)];
  picker.rarity.addSeed();
  assert.equal(pick(picker, one, 10).length, 2);
  assert.equal(pick(picker, { ...other, endGameRoom: 0 }, 10).length, 0);
  assert.equal(pick(picker, { ...other, endGameRoom: 1 }, 10).length, 1);
});

test('advice is followed among equally rare pieces, and forgotten when it is stale', () => {
  const picker = make(100, { blocks: 1 });
  const seed = { ...peer(1, 'all', 100), suggested: new Set([50, 51, 200, 52]) };
  picker.rarity.addSeed();
  picker.rarity.addOne(51);
  assert.deepEqual(
    pick(picker, seed, 2).map(([piece]) => piece),
    [50, 52],
  );
  assert.equal(seed.suggested.size, 1, 'only what was just taken is left');
});

test('what is urgent comes first and in its order, whatever is rare; beyond the bound for all, by a little', () => {
  const picker = make(20, { maxActive: 2 });
  const seed = peer(1, 'all', 20);
  picker.rarity.addSeed();
  for (let piece = 0; piece < 20; piece++) if (piece !== 3) picker.rarity.addOne(piece);
  picker.setPriority(18, 0);
  picker.setUrgent([17, 18, 9, 10, 11, 12, 13]);
  const pieces = [...new Set(pick(picker, seed, 40).map(([piece]) => piece))];
  assert.deepEqual(pieces, [17, 9, 10, 11, 12, 13], 'the unwanted one is left out; six are active, of two');
});

test('on demand nothing is asked for but what is urgent, and there is no end game', () => {
  const picker = make(10);
  const seed = peer(1, 'all', 10);
  picker.rarity.addSeed();
  picker.isOnDemand = true;
  assert.deepEqual(pick(picker, seed, 10), []);
  picker.setUrgent([4]);
  assert.deepEqual(pick(picker, seed, 10), [
    [4, 0],
    [4, 1],
  ]);
  assert.deepEqual(pick(picker, peer(2, 'all', 10), 10), []);
  assert.equal(picker.wantedLeft, 10, 'the others are wanted all the same');
});

test('a late block is asked for again at others, three at most, and never twice at one', () => {
  const picker = make(4);
  const first = peer(1, 'all', 4);
  picker.rarity.addSeed();
  picker.setUrgent([2]);
  pick(picker, first, 1);
  const again = (from: ReturnType<typeof peer>): boolean =>
    picker.askAgain(from, 2, 0, (piece, block) => from.asked.add(`${piece}/${block}`));
  assert.equal(again(first), false);
  const others = [2, 3, 4].map((id) => peer(id, 'all', 4));
  assert.deepEqual(others.map(again), [true, true, false]);
  assert.equal(again(others[0]!), false);
  assert.equal(
    picker.askAgain(peer(9, [0], 4), 2, 0, () => assert.fail('it has not the piece')),
    false,
  );
});
