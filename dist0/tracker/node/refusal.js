/** A tracker answered, and said no. */
import { ShoalError } from '../../ground/errors.js';
export class TrackerRefusal extends ShoalError {
    failure;
    constructor(url, failure) {
        super('tracker-failed', `${url} refused: ${failure.reason}`);
        this.failure = failure;
    }
}
