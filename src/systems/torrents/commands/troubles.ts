/** Reports trouble with the disk and with the search for peers: once when it begins, once when it is over. */
import { commandLine } from '../../../cli/command-name.ts';
import { searchTroubleOf } from '../share/status.ts';
import type { Output } from '../../../cli/output.ts';
import { printable } from '../../../cli/terminal/format.ts';
import type { ShareReport } from '../share/report.ts';

export class TroubleReporter {
  readonly #output: Output;
  readonly #known = new Set<string>();
  /** The last line about the search. */
  #search: string | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  report(status: ShareReport): void {
    const now = new Map(status.troubles.map((trouble) => [trouble.message, trouble]));
    for (const { code, message } of now.values()) {
      if (this.#known.has(message)) continue;
      this.#known.add(message);
      this.#output.event('trouble', { code, message });
      this.#output.info(`${printable(message)}; the share goes on by itself when that is over`);
    }
    for (const message of this.#known) {
      if (now.has(message)) continue;
      this.#known.delete(message);
      this.#output.event('recovered', { message });
      this.#output.info(`over: ${printable(message)}`);
    }
    this.#reportSearch(searchTroubleOf(status));
  }

  /** Without a live view (cron, a log): each reason once, also when a tracker fails again and again. */
  #reportSearch(reason: string | undefined): void {
    if (reason === undefined || reason === this.#search) return;
    this.#search = reason;
    if (!this.#output.isLive) this.#output.info(`no peer is found: ${printable(reason)}`);
  }
}

/** A share that starts waits for a moment. Only a longer wait is reported. */
const STANDSTILL_MS = 800;

/** Tells once why the daemon does not work on a share, and what to do. */
export class StandstillReporter {
  readonly #output: Output;
  readonly #share: number | undefined;
  #reason: string | undefined;
  #since = 0;
  #told: string | undefined;

  constructor(output: Output, share: number | undefined) {
    this.#output = output;
    this.#share = share;
  }

  report({ phase }: ShareReport, nowMs: number): void {
    const reason = this.#reasonOf(phase);
    if (reason !== this.#reason) [this.#reason, this.#since] = [reason, nowMs];
    if (reason === undefined || reason === this.#told || nowMs - this.#since < STANDSTILL_MS) return;
    this.#told = reason;
    this.#output.info(reason);
  }

  #reasonOf(phase: ShareReport['phase']): string | undefined {
    const id = this.#share;
    if (phase === 'paused') return `share ${id} is paused; let it go on with: ${commandLine(`resume ${id}`)}`;
    if (phase === 'waiting')
      return `share ${id} waits for its turn: other shares, a schedule or little free space hold it back`;
    return undefined;
  }
}
