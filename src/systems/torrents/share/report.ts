/**
 * The report on a share as a command watches it. It is the same whether a peer in the command's own process runs the share
 * or the daemon does, and it is plain JSON: the API sends it as it is (`GET /api/v1/shares/:id/watch`).
 */
import { Bitfield } from '../../../ground/bitfield.ts';
import type { LifePhase } from './core/share-life.ts';
import type { Share } from './share.ts';
import type { ShareStatus, ShareTrouble } from './status.ts';

/** A person, or a goal, stopped a share that is `paused`; one that is `waiting` has no place among those that run. */
export type ReportPhase = LifePhase | 'paused' | 'waiting';

export interface ShareReport extends Omit<ShareStatus, 'phase'> {
  readonly phase: ReportPhase;
  /** All that is wanted is here, under its final name and in its last folder. */
  readonly isDone: boolean;
  /** It has reached a goal. */
  readonly isFinished: boolean;
  /** Web servers (BEP 19) that the metadata or the link names. */
  readonly webSeedCount: number;
  /** Why its run ended. */
  readonly failure?: ShareTrouble | undefined;
  /** Which pieces are here: the bits of BEP 3, in base64. Only where it was asked for. */
  readonly have?: string | undefined;
}

/** A map of more pieces is not sent: 128 KiB of bits. No terminal shows so many. */
const MAX_MAPPED_PIECES = 1 << 20;

export function encodeHave(have: Bitfield | undefined): string | undefined {
  return have === undefined || have.length > MAX_MAPPED_PIECES
    ? undefined
    : Buffer.from(have.bytes).toString('base64');
}

export function decodeHave({
  have,
  pieceCount,
}: Pick<ShareReport, 'have' | 'pieceCount'>): Bitfield | undefined {
  return have === undefined ? undefined : Bitfield.fromBytes(Buffer.from(have, 'base64'), pieceCount);
}

/** The word of `phase` in the JSON of commands, where a share that rests is `paused`: scripts rely on it. */
export function wordOf(phase: ReportPhase): Exclude<ReportPhase, 'resting'> {
  return phase === 'resting' ? 'paused' : phase;
}

/** A share that a peer in this process runs. @param hasMap with the map of pieces */
export function reportOn(share: Share, status: ShareStatus, hasMap: boolean): ShareReport {
  return {
    ...status,
    webSeedCount: share.webSeedCount,
    isDone: status.phase === 'seeding',
    isFinished: false,
    have: hasMap ? encodeHave(share.pieceMap()) : undefined,
  };
}
