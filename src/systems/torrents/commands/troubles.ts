/** Tells what is wrong, once, and that it is over: with the disk, and with the search for peers. */
import { searchTroubleOf } from '../share/status.ts';
import type { Output } from '../../../cli/output.ts';
import { printable } from '../../../cli/terminal/format.ts';
import type { ShareView } from './share-view.ts';

export class TroubleReporter {
  readonly #output: Output;
  readonly #known = new Set<string>();
  /** What was printed last about the search. */
  #search: string | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  report(status: ShareView): void {
    const now = new Map(status.troubles.map((trouble) => [trouble.message, trouble]));
    for (const { code, message } of now.values()) {
      if (this.#known.has(message)) continue;
      this.#known.add(message);
      this.#output.event('trouble', { code, message });
      this.#output.info(`${printable(message)}; it goes on by itself when that is over`);
    }
    for (const message of this.#known) {
      if (now.has(message)) continue;
      this.#known.delete(message);
      this.#output.event('recovered', { message });
      this.#output.info(`over: ${printable(message)}`);
    }
    this.#reportSearch(status.searchTrouble ?? searchTroubleOf(status));
  }

  /** Where no view shows it (cron, a log): each reason once, also when a tracker fails again and again. */
  #reportSearch(reason: string | undefined): void {
    if (reason === undefined || reason === this.#search) return;
    this.#search = reason;
    if (!this.#output.isLive) this.#output.info(`nobody is found: ${printable(reason)}`);
  }
}
