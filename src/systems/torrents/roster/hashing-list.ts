/** Files and folders that are hashed before they are shared. It takes a while: people see the progress. */

export interface HashingProgress {
  readonly path: string;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

export class HashingList {
  readonly #all = new Map<string, HashingProgress>();

  get all(): readonly HashingProgress[] {
    return [...this.#all.values()];
  }

  /** @param work is told how to say how far it is */
  async during<T>(
    path: string,
    work: (tell: (done: number, total: number) => void) => Promise<T>,
  ): Promise<T> {
    this.#all.set(path, { path, done: 0, total: 0 });
    try {
      return await work((done, total) => this.#all.set(path, { path, done, total }));
    } finally {
      this.#all.delete(path);
    }
  }
}
