/** What uTP needs of the world. */
import type { Clock, Datagrams, Prng } from '../../../ground/ports.ts';

export interface UtpOptions {
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  /** Unpredictable: whoever guesses numbers of connections and packets may end them. */
  readonly prng: Prng;
}
