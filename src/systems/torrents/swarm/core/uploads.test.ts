// What a seed sends first, and what it advises a crowd to take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../../ground/bitfield.ts';
import { createPrng } from '../../../../ground/prng.ts';
import { RateMeter } from '../../../../ground/rate-meter.ts';
import { TokenBucket } from '../../../../ground/token-bucket.ts';
import { BLOCK_LENGTH, type ConnectionId } from '../../../../ground/units.ts';
import { MessageId } from '../wire/messages.ts';
import type { SwarmContext } from './context.ts';
import { Peer } from './peer.ts';
import { Picker } from './picker.ts';
import { Uploads } from './uploads.ts';

const PIECES = 64;
const BLOCKS = 2;

/** A seed of 64 pieces of two blocks, whose window takes eight blocks. */
function lab() {
  const peers = new Map<ConnectionId, Peer>();
  const sent: string[] = [];
  const advice: { readonly to: number; readonly piece: number }[] = [];
  const prng = createPrng(1);
  const picker = new Picker({ pieceCount: PIECES, blockCount: () => BLOCKS, prng, maxActivePieces: 1 });
  for (let piece = 0; piece < PIECES; piece++) picker.markPresent(piece);
  const geometry = {
    pieceCount: PIECES,
    nominalPieceLength: BLOCKS * BLOCK_LENGTH,
    dataLength: PIECES * BLOCKS * BLOCK_LENGTH,
    requestableLength: () => BLOCKS * BLOCK_LENGTH,
  };
  const context = {
    peers,
    prng,
    now: 0,
    content: { picker, geometry },
    downloaded: new RateMeter(),
    uploadLimit: new TokenBucket(),
    sink: { sendBlock: (id: number, piece: number, begin: number) => sent.push(`${id}:${piece}/${begin}`) },
    to: (peer: Peer) => ({
      bare: () => {},
      block: () => {},
      piece: (id: number, piece: number) => {
        if (id === MessageId.suggest) advice.push({ to: peer.id, piece });
      },
    }),
    wakeIn: () => {},
  };
  const uploads = new Uploads(context as unknown as SwarmContext, 4);
  const join = (id: number): Peer => {
    const peer = new Peer(id, { host: '9.9.9.9', port: id }, true, 0);
    Object.assign(peer, { phase: 'open', supportsFast: true, isInterested: true });
    peer.have = new Bitfield(PIECES);
    peers.set(id, peer);
    return peer;
  };
  const ask = (peer: Peer, piece: number): void => {
    for (let block = 0; block < BLOCKS; block++)
      uploads.handleRequest(peer, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
  };
  /** The sockets have taken everything. */
  const drain = (): string[] => {
    for (const line of sent) uploads.handleSent(peers.get(Number.parseInt(line, 10))!, BLOCK_LENGTH);
    return sent.splice(0).map((line) => line.split('/')[0]!);
  };
  return { context, picker, uploads, advice, join, ask, drain };
}

test('what nobody else has or is being sent goes first, whole pieces in turn; the rest is not forgotten', () => {
  const { context, picker, uploads, join, ask, drain } = lab();
  const [one, other] = [join(1), join(2)];
  uploads.handleTick(0);
  const serve = (): void => {
    context.now += 250;
    uploads.serve();
  };
  for (const piece of [0, 1]) picker.rarity.addOne(piece);
  ask(one, 0);
  ask(other, 1);
  serve();
  assert.deepEqual(drain(), ['1:0', '1:0', '2:1', '2:1'], 'as they come, until it is known that they wait');
  for (const piece of [0, 10, 11]) ask(one, piece);
  for (const piece of [1, 10, 20]) ask(other, piece);
  serve();
  assert.deepEqual(drain(), ['1:10', '1:10', '2:20', '2:20', '1:11', '1:11', '2:1', '2:1']);
  ask(one, 30);
  serve();
  assert.deepEqual(drain(), ['1:30', '1:30', '2:10', '2:10', '1:0', '1:0']);
  // A request that has waited for long goes before everything.
  ask(one, 0);
  context.now = 21_000;
  for (let piece = 40; piece < 44; piece++) ask(one, piece);
  serve();
  assert.deepEqual(drain().slice(0, 4), ['1:0', '1:0', '1:40', '1:40']);
});

test('each of a crowd is advised to take other pieces; what one did not take, another may', () => {
  const { uploads, advice, picker, join, ask, drain } = lab();
  const [one] = [join(1), join(2)];
  uploads.handleTick(0);
  assert.deepEqual(
    advice.map(({ to }) => to),
    [1, 1, 2, 2],
  );
  assert.equal(new Set(advice.map(({ piece }) => piece)).size, 4);
  const [first, second] = advice.map(({ piece }) => piece) as [number, number];
  ask(one, first);
  uploads.serve();
  assert.deepEqual(drain(), [`1:${first}`, `1:${first}`]);
  assert.equal(advice.length, 5, 'one was taken, one is added');
  uploads.handleClosed(one);
  const third = join(3);
  uploads.handleInterest();
  const told = advice.slice(5).map(({ piece }) => piece);
  assert.ok(told.includes(second) && !told.includes(first), `${told}`);
  // All that is left are pieces that others have: there is nothing to advise.
  for (let piece = 0; piece < PIECES; piece++) picker.rarity.addOne(piece);
  const before = advice.length;
  ask(third, 5);
  uploads.serve();
  assert.equal(advice.length, before);
});

test('a lone peer is advised nothing, and served in the order of its requests', () => {
  const { uploads, advice, picker, join, ask, drain } = lab();
  const one = join(1);
  uploads.handleTick(0);
  picker.rarity.addOne(0);
  for (const piece of [0, 1]) ask(one, piece);
  uploads.serve();
  assert.deepEqual(drain(), ['1:0', '1:0', '1:1', '1:1']);
  assert.equal(advice.length, 0);
});

test('where a limit ends a turn, it goes on from there: pieces still go out whole', () => {
  const { context, uploads, join, ask, drain } = lab();
  Object.assign(context, { uploadLimit: new TokenBucket(BLOCK_LENGTH) });
  const [one, other] = [join(1), join(2)];
  uploads.handleTick(0);
  ask(one, 10);
  ask(one, 11);
  ask(other, 20);
  const order: string[] = [];
  for (let i = 0; i < 8; i++) {
    uploads.serve();
    order.push(...drain());
    context.now += 1000;
  }
  assert.deepEqual(order, ['1:10', '1:10', '2:20', '2:20', '1:11', '1:11']);
});
