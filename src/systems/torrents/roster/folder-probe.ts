/**
 * Asks whether a folder answers, before a share starts in it. On a network drive that is gone each call keeps a thread for
 * ever: one call a folder is under way, however many shares lie in it.
 */
import { stat } from 'node:fs/promises';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';

/** Disks that spin up, and file servers that wake, take seconds. */
const ANSWER_MS = 10_000;

export interface ReachOptions {
  /** Called when it answers after all. */
  readonly onAnswer?: () => void;
  readonly signal?: AbortSignal | undefined;
}

type Ask = (folder: string) => Promise<unknown>;

export class FolderProbe {
  readonly #ask: Ask;
  readonly #answerMs: number;
  readonly #asking = new Map<string, Promise<void>>();

  constructor(ask: Ask = stat, answerMs: number = ANSWER_MS) {
    this.#ask = ask;
    this.#answerMs = answerMs;
  }

  /**
   * Resolves when it answers, whether it is there or not.
   * @throws ShoalError io-error when it does not, aborted when the signal says so
   */
  async reach(folder: string, { onAnswer = () => {}, signal }: ReachOptions = {}): Promise<void> {
    let asking = this.#asking.get(folder);
    if (asking === undefined) {
      const settle = (): void => void this.#asking.delete(folder);
      asking = this.#ask(folder).then(settle, settle);
      this.#asking.set(folder, asking);
    }
    const answer = asking;
    await withTimeLimit(folder, answer, { ms: this.#answerMs, signal }).catch((error: unknown) => {
      void answer.then(onAnswer);
      throw error;
    });
  }
}
