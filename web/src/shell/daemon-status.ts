/** What the daemon says of itself and of each system that runs: `GET /api/v1/daemon`. */
import { useAnswer } from './queries.ts';
import { ask } from './request.ts';

export interface DaemonStatus {
  readonly version: string;
  /** Since the start of the daemon. */
  readonly upSeconds: number;
  readonly systems: readonly SystemLine[];
}

/** A system that runs. */
export interface SystemLine {
  readonly name: string;
  /** What it says to people, in English. */
  readonly line: string;
}

const LOOK_MS = 5000;

export const useDaemonStatus = (): DaemonStatus | undefined =>
  useAnswer(['shell', 'daemon'], () => ask<DaemonStatus>('GET', 'daemon'), LOOK_MS);
