/** A link that never stands: its receiver hears why, after the call that asked for it. */
import type { Clock, Link, LinkReceiver } from '../../../ground/ports.ts';

export class FailedLink implements Link {
  readonly unsent: number = 0;
  readonly #clock: Pick<Clock, 'after'>;
  #receiver: LinkReceiver;
  #failure: Error | undefined;

  constructor(receiver: LinkReceiver, clock: Pick<Clock, 'after'>, failure: Error) {
    this.#receiver = receiver;
    this.#clock = clock;
    this.#failure = failure;
    clock.after(0, () => this.#receiver.onClosed(this.#failure));
  }

  setReceiver(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  write(_bytes: Uint8Array, taken?: (isSent: boolean) => void): void {
    if (taken !== undefined) this.#clock.after(0, () => taken(false));
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.#failure = undefined;
  }

  destroy(): void {
    this.#failure = undefined;
  }
}
