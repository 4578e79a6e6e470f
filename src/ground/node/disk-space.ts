/**
 * How much room a folder's disk has, for the page and the commands. A disk that does not answer keeps one
 * thread per folder, and of those a few: what is asked meanwhile is answered with "not known".
 */
import { statfs } from 'node:fs';

export interface Room {
  /** Bytes that we may write. */
  readonly free: number;
  readonly total: number;
}

/** The page and the commands wait no longer for the figure. */
const ANSWER_MS = 2000;
/** Of the four threads that Node has for files, two are left for the work. */
const MAX_ASKING = 2;

type AskSystem = (folder: string) => Promise<Room>;

const askSystem: AskSystem = (folder) =>
  new Promise((resolve, reject) => {
    statfs(folder, (error, space) => {
      if (error !== null) reject(error);
      else resolve({ free: space.bavail * space.bsize, total: space.blocks * space.bsize });
    });
  });

export class DiskSpace {
  readonly #ask: AskSystem;
  readonly #answerMs: number;
  readonly #asking = new Map<string, Promise<Room>>();

  constructor(ask: AskSystem = askSystem, answerMs: number = ANSWER_MS) {
    this.#ask = ask;
    this.#answerMs = answerMs;
  }

  /** Undefined when the disk does not answer in time. @throws the system's error when there is no such folder */
  async look(folder: string): Promise<Room | undefined> {
    let asking = this.#asking.get(folder);
    if (asking === undefined) {
      if (this.#asking.size >= MAX_ASKING) return undefined;
      asking = this.#ask(folder).finally(() => this.#asking.delete(folder));
      asking.catch(() => {});
      this.#asking.set(folder, asking);
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, this.#answerMs, undefined);
    return Promise.race([asking, promise]).finally(() => clearTimeout(timer));
  }
}
