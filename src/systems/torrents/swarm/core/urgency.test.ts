// What somebody waits for does not queue behind what nobody does, nor hang on a slow peer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../../ground/address.ts';
import { Bitfield } from '../../../../ground/bitfield.ts';
import { createPrng } from '../../../../ground/prng.ts';
import type { ConnectionId } from '../../../../ground/units.ts';
import type { Content } from './content.ts';
import type { SwarmContext } from './context.ts';
import { Peer } from './peer.ts';
import { Picker } from './picker.ts';
import { askLateAgain, makeRoom } from './urgency.ts';

const PIECES = 100;
const BLOCKS = 16;

interface World {
  readonly context: SwarmContext;
  readonly content: Content;
  readonly peers: readonly Peer[];
}

/** Peers that have everything, each with a rate of bytes a second. */
function world(now: number, ...rates: readonly number[]): World {
  const prng = createPrng(1);
  const picker = new Picker({ pieceCount: PIECES, blockCount: () => BLOCKS, prng, maxActivePieces: 50 });
  const peers = rates.map((rate, i) => {
    const peer = new Peer(i + 1, createAddress('192.0.2.1', 1000 + i)!, true, 0);
    peer.phase = 'open';
    peer.isChokingUs = false;
    peer.amInterested = true;
    peer.have = new Bitfield(PIECES);
    peer.have.fillAll();
    picker.rarity.addSeed();
    for (let at = now - 10_000; at < now; at += 500) peer.download.add(at, rate / 2);
    return peer;
  });
  const byId = new Map<ConnectionId, Peer>(peers.map((peer) => [peer.id, peer]));
  return {
    context: { peers: byId, now } as unknown as SwarmContext,
    content: { picker } as unknown as Content,
    peers,
  };
}

function fill(
  { context, content: { picker } }: World,
  peer: Peer,
  count: number,
  at: number = context.now,
): void {
  picker.pick(peer, count, (piece, block) => peer.requests.add(piece, block, at));
}

test('on a seek, requests that are not urgent are taken back, but for blocks on their way', () => {
  const seek = world(20_000, 1_000_000);
  const [peer] = seek.peers;
  fill(seek, peer!, 64);
  const { picker } = seek.content;
  const wanted = [...Array(PIECES).keys()].find((piece) => picker.active(piece) === undefined)!;
  picker.setUrgent([wanted]);
  let taken = 0;
  makeRoom(seek.context, seek.content, [wanted], (_, piece, block) => {
    taken++;
    picker.release(piece, block);
  });
  // 150 ms at a megabyte a second are ten blocks.
  assert.ok(peer!.requests.length >= 5 && peer!.requests.length <= 12, `${peer!.requests.length} stay`);
  assert.equal(taken + peer!.requests.length, 64);
  fill(seek, peer!, 4);
  assert.ok(peer!.requests.has(wanted, 0), 'and what is awaited follows those');
});

test('a block that a slow peer owes for long is asked of a quick one, and of none that is not quicker', () => {
  const now = 30_000;
  const late = world(now, 5_000, 2_000_000);
  const [slow, quick] = late.peers;
  late.content.picker.setUrgent([7]);
  fill(late, slow!, 3, now - 3000);
  const asked: string[] = [];
  askLateAgain(late.context, late.content, [7], (peer, piece, block) =>
    asked.push(`${peer.id}: ${piece}/${block}`),
  );
  assert.deepEqual(asked, [`${quick!.id}: 7/0`, `${quick!.id}: 7/1`, `${quick!.id}: 7/2`]);

  const fresh = world(now, 5_000, 2_000_000);
  fresh.content.picker.setUrgent([7]);
  fill(fresh, fresh.peers[0]!, 3, now - 200);
  askLateAgain(fresh.context, fresh.content, [7], () => assert.fail('it is not late yet'));

  const alike = world(now, 5_000, 5_000);
  alike.content.picker.setUrgent([7]);
  fill(alike, alike.peers[0]!, 1, now - 3000);
  fill(alike, alike.peers[1]!, 1, now);
  askLateAgain(alike.context, alike.content, [7], () => assert.fail('nobody would be quicker'));
});
