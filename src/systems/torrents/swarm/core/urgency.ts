/**
 * What somebody waits for, who watches a film while it loads: it neither queues behind what nobody waits for, nor hangs
 * on a peer that is slow with it.
 */
import { BLOCK_LENGTH } from '../../../../ground/units.ts';
import type { Content } from './content.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';

type Visit = (peer: Peer, piece: number, block: number) => void;

/** What comes within this is on its way: taking it back saves nothing. */
const ON_ITS_WAY_MS = 150;
/** Who owes an awaited block for so long is helped by another, … */
const LATE_MS = 1000;
/** … that would have it so much sooner. */
const SOONER = 2;

/** Takes back what nobody waits for from peers that can send what somebody does, and lets them be asked for that. */
export function makeRoom(
  { peers, now }: SwarmContext,
  { picker }: Content,
  awaited: readonly number[],
  cancel: Visit,
): void {
  const missing = awaited.filter((piece) => picker.isAskable(piece));
  if (missing.length === 0) return;
  for (const peer of peers.values()) {
    if (!peer.isOpen || !missing.some((piece) => peer.have.has(piece))) continue;
    const soon = Math.ceil((peer.download.rate(now) * ON_ITS_WAY_MS) / 1000 / BLOCK_LENGTH);
    const late = peer.requests.length - Math.max(1, soon);
    if (late <= 0) continue;
    peer.requests.takeLatest(
      late,
      (piece) => !picker.isUrgent(piece),
      (piece, block) => cancel(peer, piece, block),
    );
  }
}

/** Blocks of awaited pieces that are late are asked for at another peer as well; the first answer ends the other request. */
export function askLateAgain(
  { peers, now }: SwarmContext,
  { picker }: Content,
  awaited: readonly number[],
  request: Visit,
): void {
  const open = [...peers.values()].filter((peer) => peer.isOpen && !peer.isChokingUs);
  const waitOf = (peer: Peer): number =>
    ((peer.requests.length + 1) * BLOCK_LENGTH * 1000) / Math.max(1, peer.download.rate(now));
  const quick = open.filter(({ pipeline }) => !pipeline.isSnubbed).sort((a, b) => waitOf(a) - waitOf(b));
  for (const piece of awaited) {
    const active = picker.active(piece);
    if (active === undefined) continue;
    for (let block = 0; block < active.states.length; block++) {
      if (active.asked[block] !== 1) continue;
      const owing = open.find((peer) => peer.requests.has(piece, block));
      if (owing === undefined || now - owing.requests.oldestSentAt()! < LATE_MS) continue;
      const helper = quick.find((peer) => peer !== owing && peer.have.has(piece) && peer.endGameRoom > 0);
      if (helper === undefined || waitOf(helper) * SOONER > waitOf(owing)) continue;
      picker.askAgain(helper, piece, block, () => request(helper, piece, block));
    }
  }
}
