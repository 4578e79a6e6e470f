/** Goals of a share that seeds after it was fetched: so long, or so many times its size. The first that is reached counts. */
import { hasReachedRatio } from '../core/ratio.ts';
import type { ShareReport } from '../share/report.ts';

export interface SeedGoals {
  readonly seconds?: number | undefined;
  /** Bytes sent in all runs of the share, as a multiple of its size: see `core/ratio.ts`. */
  readonly ratio?: number | undefined;
}

export const hasGoals = ({ seconds, ratio }: SeedGoals): boolean =>
  seconds !== undefined || ratio !== undefined;

/** Watches reports; the time counts from the first that is done. */
export class GoalCounter {
  readonly #goals: SeedGoals;
  readonly #uploadedBefore: number;
  #doneAtMs: number | undefined;

  /** @param uploadedBefore bytes that the share had sent before those that reports count */
  constructor(goals: SeedGoals, uploadedBefore: number) {
    this.#goals = goals;
    this.#uploadedBefore = uploadedBefore;
  }

  /** @param nowMs of any clock that only goes forward @returns a goal is reached */
  handleReport({ isDone, uploadedBytes, totalBytes }: ShareReport, nowMs: number): boolean {
    if (!isDone) return false;
    this.#doneAtMs ??= nowMs;
    const { seconds = Number.POSITIVE_INFINITY, ratio } = this.#goals;
    if (nowMs - this.#doneAtMs >= seconds * 1000) return true;
    return ratio !== undefined && hasReachedRatio(this.#uploadedBefore + uploadedBytes, totalBytes, ratio);
  }
}
