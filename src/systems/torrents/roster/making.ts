/** Files and folders that are being read to be shared: it takes a while, and people want to see that something happens. */

export interface Making {
  readonly path: string;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

export class MakingList {
  readonly #all = new Map<string, Making>();

  get all(): readonly Making[] {
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
