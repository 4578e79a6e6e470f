/** Goals of a share that seeds after it was fetched: so long, or so many times its size. The first that is reached counts. */
import type { ShareReport } from '../share/report.ts';

export interface SeedGoals {
  readonly seconds?: number | undefined;
  /** Bytes given, as a multiple of the size. */
  readonly ratio?: number | undefined;
}

export const hasGoals = ({ seconds, ratio }: SeedGoals): boolean =>
  seconds !== undefined || ratio !== undefined;

/** Watches reports; the time counts from the first that is done. */
export class GoalCounter {
  readonly #goals: SeedGoals;
  #doneAtMs: number | undefined;

  constructor(goals: SeedGoals) {
    this.#goals = goals;
  }

  /** @param nowMs of any clock that only goes forward @returns a goal is reached */
  handleReport({ isDone, uploadedBytes, totalBytes }: ShareReport, nowMs: number): boolean {
    if (!isDone) return false;
    this.#doneAtMs ??= nowMs;
    const { seconds = Number.POSITIVE_INFINITY, ratio = Number.POSITIVE_INFINITY } = this.#goals;
    return nowMs - this.#doneAtMs >= seconds * 1000 || uploadedBytes >= ratio * totalBytes;
  }
}
