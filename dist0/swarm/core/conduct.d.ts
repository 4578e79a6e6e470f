/**
 * What a peer costs without giving anything. Each message that says nothing new, and each service beyond what honest
 * clients need, is charged to an account that fills up again with time; who overdraws it goes, and its address with it.
 * Honest clients stay far below: an account holds what a busy peer might say in vain in minutes.
 */
import type { Instant } from '../../ground/units.ts';
import type { Blame } from './sink.ts';
export declare class Conduct {
    #private;
    /** A message that changed nothing. Returns the reason to close, if it was one too many. */
    blameIdleTalk(now: Instant, what: string, cost?: number): Blame | undefined;
    /** Hashes for a peer. @param units of 512 hashes; false: not now */
    chargeHashes(now: Instant, units: number): boolean;
}
