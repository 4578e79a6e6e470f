/** A tracker answered, and said no. */
import { ShoalError } from '../../../ground/errors.ts';
import type { AnnounceFailure } from '../wire/announce.ts';

export class TrackerRefusal extends ShoalError {
  readonly failure: AnnounceFailure;

  constructor(url: string, failure: AnnounceFailure) {
    super('tracker-failed', `${url} refused: ${failure.reason}`);
    this.failure = failure;
  }
}
