/**
 * The block list as older settings know it: one source that is switched on and off by itself, and banned addresses. What
 * was kept before rules were a system is taken over.
 */
import { join } from 'node:path';
import { ShoalError } from '../../../ground/errors.ts';
import type { Reach } from '../../../ground/node/fetch.ts';
import type { BlockListChange, BlockListFacade } from '../facade.ts';
import type { Rules } from './rules.ts';
import { isAddress } from './source-reader.ts';
import type { StoredSource } from './rule-store.ts';
import type { Source, SourceChange } from './sources.ts';

/** Where the copy of the list was kept before. */
const OLD_COPY = 'blocklist.txt';

export class BlockList implements BlockListFacade {
  readonly #rules: Rules;
  readonly #stateFolder: string;
  #settled: Promise<void> = Promise.resolve();

  constructor(rules: Rules, stateFolder: string) {
    this.#rules = rules;
    this.#stateFolder = stateFolder;
  }

  /** Resolved when the changes so far are in effect, or the trouble of the source says why they are not. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  get isOn(): boolean {
    return this.#source?.stored.isOn ?? false;
  }

  get url(): string {
    return this.#source?.stored.location ?? '';
  }

  get banned(): readonly string[] {
    return this.#rules.own.filter(({ effect }) => effect === 'banned').map(({ subject }) => subject);
  }

  get size(): number {
    return this.#rules.rangeCount;
  }

  get trouble(): string | undefined {
    return this.#source?.stored.trouble;
  }

  change({ isOn, url, banned }: BlockListChange, reach: Reach): void {
    const rules = this.#rules;
    const change = {
      ...(isOn === undefined ? {} : { isOn }),
      ...(url === undefined ? {} : { location: url }),
    };
    const changesList = isOn !== undefined || url !== undefined;
    let declared: StoredSource | undefined;
    // All of it is written down, or none, before any of it holds.
    rules.keepTogether(() => {
      if (banned !== undefined) rules.keepBans(banned);
      const id = this.#source?.stored.id;
      if (!changesList) return;
      if (id === undefined) declared = rules.sources.keepNew(url ?? '', 'block-list', isOn ?? false);
      else rules.sources.keepChange(id, change);
    });
    if (banned !== undefined) rules.reload();
    if (declared !== undefined) this.#take(declared);
    if (changesList) this.#putIntoEffect(change, reach);
  }

  #putIntoEffect(change: SourceChange, reach: Reach): void {
    const { sources } = this.#rules;
    const { id } = this.#source!.stored;
    const done = sources.change(id, change, reach).catch((error: unknown) => {
      sources.noteTrouble(id, error);
    });
    this.#settled = this.#settled.then(() => done);
  }

  async update(reach: Reach): Promise<number> {
    const source = this.#source;
    if (source === undefined || !isAddress(source.stored.location))
      throw new ShoalError('bad-argument', 'set the address of a block list first');
    await this.#rules.sources.refresh(source.stored.id, reach);
    return this.size;
  }

  get #source(): Source | undefined {
    return this.#rules.sources.all.find(({ stored }) => stored.role === 'block-list');
  }

  #take(stored: StoredSource): void {
    const { sources } = this.#rules;
    sources.take(stored);
    try {
      sources.adoptCopy(stored.id, join(this.#stateFolder, OLD_COPY));
    } catch (error) {
      // It is fetched instead.
      sources.noteTrouble(stored.id, error);
    }
  }
}
