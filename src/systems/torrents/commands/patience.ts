/** `get --timeout`: how long a fetch on which nothing moves is waited for, and what is said when that is over. */
import { formatCount } from '../../../ground/count.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { ShareReport } from '../share/report.ts';
import { webSeedTroubleOf } from '../share/status.ts';

/** Ends a fetch on which nothing moves for too long. */
export class Patience {
  readonly #seconds: number;
  #most = -1;
  #movedAtMs = 0;

  /** @param seconds for ever when absent */
  constructor(seconds: number = Number.POSITIVE_INFINITY) {
    this.#seconds = seconds;
  }

  /** @throws ShoalError nothing-found */
  handleReport(report: ShareReport, nowMs: number): void {
    const { phase, downloadedBytes, doneBytes } = report;
    const amount = downloadedBytes + doneBytes + (phase === 'metadata' ? 0 : 1);
    // What waits for a disk, a person or its turn has not been searched for in vain.
    const isHeld = phase === 'resting' || phase === 'paused' || phase === 'waiting';
    if (amount > this.#most || isHeld) [this.#most, this.#movedAtMs] = [amount, nowMs];
    if (nowMs - this.#movedAtMs < this.#seconds * 1000) return;
    const what = describeSilence(report.known);
    throw new ShoalError('nothing-found', `${what} within ${this.#seconds} s${troubleOf(report)}`);
  }
}

function describeSilence(known: number): string {
  if (known === 0) return 'no peer was found';
  return known === 1
    ? 'the one known peer sent nothing'
    : `none of ${formatCount(known, 'known peer')} sent anything`;
}

function troubleOf({ trackers, webSeeds, dht, lastGone }: ShareReport): string {
  const failed = trackers.filter(({ state, message }) => state === 'failed' && message !== undefined);
  const troubles = failed.map((tracker) => tracker.message);
  if (lastGone !== undefined) troubles.push(lastGone);
  const webSeed = webSeedTroubleOf(webSeeds);
  if (webSeed !== undefined) troubles.push(webSeed);
  if (dht?.isReady === false) troubles.push('no DHT node answered, see: shoal dht status');
  return troubles.length === 0 ? '' : ` (${troubles.join('; ')})`;
}
