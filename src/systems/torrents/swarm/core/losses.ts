/** What happens when data on our disk is not what it was: pieces that we had are gone, blocks that we owe cannot be read. */
import { encodeDontHave } from '../wire/extensions.ts';
import { MessageId } from '../wire/messages.ts';
import type { Content } from './content.ts';
import type { SwarmContext } from './context.ts';
import type { Peer } from './peer.ts';
import type { Uploads } from './uploads.ts';

/**
 * Tells peers that we have them no more (BEP 54). Who cannot be told is let go: it may come back and hear the new
 * bitfield, instead of asking again and again for what it will not get.
 */
export function losePieces(
  context: SwarmContext,
  content: Content,
  pieces: readonly number[],
  isWanted: boolean,
): void {
  for (const piece of pieces) {
    if (!content.picker.have.has(piece)) continue;
    if (!isWanted) content.picker.setPriority(piece, 0);
    content.picker.markLost(piece);
    for (const peer of context.peers.values()) {
      const { dontHaveId } = peer.extensions;
      if (peer.isOpen && dontHaveId !== undefined)
        context.to(peer).extended(dontHaveId, encodeDontHave(piece));
    }
  }
  for (const peer of [...context.peers.values()]) {
    if (!peer.isOpen || peer.extensions.dontHaveId !== undefined) continue;
    const message = 'pieces were lost, and it takes no such messages (BEP 54)';
    context.close(peer, { code: 'pieces-lost', message, guilty: 'us' });
  }
}

/** Pieces that were lost are there again: those that are news. */
export function findPieces({ picker }: Content, pieces: readonly number[]): number[] {
  const found = pieces.filter((piece) => !picker.have.has(piece) && picker.active(piece) === undefined);
  for (const piece of found) picker.markPresent(piece);
  return found;
}

export interface UnreadBlock {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** A peer that knows no rejects would wait for ever: it may come again. */
export function refuseUnread(
  context: SwarmContext,
  uploads: Uploads,
  peer: Peer | undefined,
  blocks: readonly UnreadBlock[],
): void {
  if (peer === undefined) return;
  for (const { length } of blocks) uploads.handleUnsent(peer, length);
  if (!peer.supportsFast) {
    const message = 'what it asked for cannot be read from our disk';
    context.close(peer, { code: 'storage-failed', message, guilty: 'us' });
    return;
  }
  const outbox = context.to(peer);
  for (const { piece, begin, length } of blocks) outbox.block(MessageId.reject, piece, begin, length);
}
