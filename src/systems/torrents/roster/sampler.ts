/** Samples every two seconds how fast each share moves, and all of them together, and how long each has run. */
import type { Clock, Timer } from '../../../ground/ports.ts';
import type { EntryIndex } from './entry-index.ts';
import { RateHistory, SAMPLE_SECONDS } from './history.ts';
import type { TimesSaver } from './share-times.ts';

export interface SamplerOptions {
  readonly entries: Pick<EntryIndex, 'all'>;
  readonly saver: Pick<TimesSaver, 'saveNowAndThen' | 'save'>;
  readonly clock: Clock;
}

export class Sampler {
  readonly #entries: Pick<EntryIndex, 'all'>;
  readonly #saver: Pick<TimesSaver, 'saveNowAndThen' | 'save'>;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  /** Of all shares together. */
  readonly rates: RateHistory = new RateHistory();

  constructor({ entries, saver, clock }: SamplerOptions) {
    this.#entries = entries;
    this.#saver = saver;
    this.#clock = clock;
    this.#arm();
  }

  #arm(): void {
    this.#timer = this.#clock.after(SAMPLE_SECONDS * 1000, () => {
      this.#arm();
      this.#sample();
    });
  }

  #sample(): void {
    let [download, upload] = [0, 0];
    const now = this.#clock.now();
    for (const entry of this.#entries.all) {
      const { share } = entry;
      const status = share?.briefStatus();
      const [down, up] = [status?.downloadRate ?? 0, status?.uploadRate ?? 0];
      entry.times.note(share?.phase, now);
      if (down >= 1 || up >= 1) {
        entry.movedAt = now;
        entry.times.noteMoved(new Date());
      }
      entry.rates.add(down, up);
      download += down;
      upload += up;
    }
    this.rates.add(download, upload);
    this.#saver.saveNowAndThen(this.#entries.all, now);
  }

  /** The times are written, up to now. */
  close(): void {
    this.#timer?.cancel();
    const now = this.#clock.now();
    for (const { times } of this.#entries.all) times.note(undefined, now);
    this.#saver.save(this.#entries.all, now);
  }
}
