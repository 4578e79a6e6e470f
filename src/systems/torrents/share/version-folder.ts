/**
 * A folder that changes from one version to the next as a whole. New versions are made in a hidden folder beside it and
 * renamed into place when they are complete. A journal makes the two renames one: after a crash the next start finishes
 * them.
 *
 * What a person changed or added in the old version is never thrown away: then the old folder is kept under another name.
 */
import { lstat, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { scanPath } from '../../../data/content/node/scan.ts';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { makeFolder } from '../../../ground/node/make-folder.ts';
import type { FileFingerprint } from '../../../data/storage/node/share-files.ts';

const HIDDEN = '.shoal-follow';
const JOURNAL = 'swap.json';
const MAX_ASIDE = 1000;
/** Of a target. */
const ID_DIGITS = 16;

/** Names only, never paths: a forged journal cannot lead out of the folder. */
interface Swap {
  /** Folder below the hidden one, and what lies in it. */
  readonly key: string;
  readonly name: string;
  /** Name of the version that is shown now, and the one under which it is kept; absent: it is thrown away. */
  readonly old?: string | undefined;
  readonly kept?: string | undefined;
  /** Handed back to the caller after a crash. */
  readonly memo: string;
}

const OLD = 'old';

export class VersionFolder {
  readonly outputDir: string;
  readonly #hidden: string;

  /** @param target of the item, in hex: tells apart what is followed into one folder */
  constructor(outputDir: string, target: string) {
    this.outputDir = outputDir;
    this.#hidden = join(outputDir, HIDDEN, target.slice(0, ID_DIGITS));
  }

  /** Where a version is made. */
  stagingOf(shareKey: string): string {
    return join(this.#hidden, shareKey);
  }

  /** Finishes what a crash interrupted, and returns the memo of it; undefined when nothing was. */
  async recover(): Promise<string | undefined> {
    const text = await readFile(join(this.#hidden, JOURNAL), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const swap = readSwap(text);
    if (swap === undefined) {
      // Not whole: nothing had been renamed yet.
      await this.settle();
      return undefined;
    }
    await this.#run(swap);
    return swap.memo;
  }

  /** The caller has recorded the version: removes the journal. */
  async settle(): Promise<void> {
    await rm(join(this.#hidden, JOURNAL), { force: true });
  }

  /**
   * Shows a complete version under its name. Until `settle` a crash brings the memo back.
   * @param old the version that is shown now, if it is ours
   * @returns where it is shown, and where the old one was kept because a person had changed it
   * @throws ShoalError name-conflict when something that is not ours has the name
   */
  async show(
    staged: string,
    old: { readonly path: string; readonly metainfo: Metainfo; readonly isUntouched: boolean } | undefined,
    memo: string,
  ): Promise<{ readonly path: string; readonly kept: string | undefined }> {
    const shown = join(this.outputDir, basename(staged));
    const present = old === undefined ? undefined : await lstat(old.path).catch(() => undefined);
    if (old?.path !== shown && (await lstat(shown).catch(() => undefined)) !== undefined) {
      throw new ShoalError(
        'name-conflict',
        `${shown} exists and is not ours: move it away, or follow into another folder with -o`,
      );
    }
    let kept: string | undefined;
    if (old !== undefined && present !== undefined) {
      const isOurs = old.isUntouched && (await holdsNothingElse(old.path, old.metainfo));
      if (!isOurs) kept = await freeName(old.path);
      await rm(join(this.#hidden, OLD), { recursive: true, force: true });
    }
    const swap: Swap = {
      key: basename(dirname(staged)),
      name: basename(staged),
      ...(present === undefined ? {} : { old: basename(old!.path) }),
      ...(kept === undefined ? {} : { kept: basename(kept) }),
      memo,
    };
    try {
      await makeFolder(this.#hidden);
      const journal = join(this.#hidden, JOURNAL);
      await writeFile(`${journal}.part`, JSON.stringify(swap), { flush: true });
      await rename(`${journal}.part`, journal);
      await this.#run(swap);
    } catch (error) {
      throw fromSystemError(`cannot put the new version into ${this.outputDir}`, error);
    }
    return { path: shown, kept };
  }

  /** Each step is done once, however often it is begun. */
  async #run(swap: Swap): Promise<void> {
    const exists = async (path: string): Promise<boolean> =>
      (await lstat(path).catch(() => undefined)) !== undefined;
    const staged = join(this.#hidden, swap.key, swap.name);
    const shown = join(this.outputDir, swap.name);
    if (await exists(staged)) {
      if (swap.old !== undefined) {
        const old = join(this.outputDir, swap.old);
        const aside = swap.kept === undefined ? join(this.#hidden, OLD) : join(this.outputDir, swap.kept);
        if (!(await exists(aside)) && (await exists(old))) await rename(old, aside);
      }
      if (!(await exists(shown))) await rename(staged, shown);
    }
    await rm(join(this.#hidden, OLD), { recursive: true, force: true });
    await rm(join(this.#hidden, swap.key), { recursive: true, force: true });
  }

  /** Leftovers of versions that were never finished. */
  async removeStaging(exceptKey: string): Promise<void> {
    for (const name of await readdir(this.#hidden).catch(() => [])) {
      if (name !== exceptKey && name !== JOURNAL)
        await rm(join(this.#hidden, name), { recursive: true, force: true });
    }
  }

  /** What was never shown goes. A swap that a failure cut short stays: only the next start can finish it. */
  async discard(): Promise<void> {
    if ((await lstat(join(this.#hidden, JOURNAL)).catch(() => undefined)) !== undefined) return;
    await rm(this.#hidden, { recursive: true, force: true });
    await this.tidy();
  }

  /** Called at the end: no hidden folder stays behind when it is empty. */
  async tidy(): Promise<void> {
    await rmdir(this.#hidden).catch(() => undefined);
    await rmdir(dirname(this.#hidden)).catch(() => undefined);
  }
}

/** Undefined for anything that this file did not write. */
function readSwap(text: string): Swap | undefined {
  try {
    const swap = JSON.parse(text) as Partial<Record<keyof Swap, unknown>>;
    const { key, name, old, kept, memo } = swap;
    const isName = (value: unknown): value is string =>
      typeof value === 'string' &&
      value !== '' &&
      value !== '.' &&
      value !== '..' &&
      basename(value) === value;
    if (!isName(key) || !isName(name) || typeof memo !== 'string') return undefined;
    if ((old !== undefined && !isName(old)) || (kept !== undefined && !isName(kept))) return undefined;
    return { key, name, old, kept, memo };
  } catch {
    return undefined;
  }
}

/** Nothing of the old version changed since it was put there. */
export function isSameState(recorded: string, now: readonly FileFingerprint[]): boolean {
  try {
    const before = JSON.parse(recorded) as FileFingerprint[];
    return (
      before.length === now.length &&
      before.every((print, i) => print.size === now[i]!.size && print.modifiedMs === now[i]!.modifiedMs)
    );
  } catch {
    return false;
  }
}

/** No file that the version does not have. */
async function holdsNothingElse(path: string, metainfo: Metainfo): Promise<boolean> {
  const scan = await scanPath(path).catch(() => undefined);
  if (scan === undefined) return false;
  const known = new Set(metainfo.info.files.map((file) => file.path.join('/')));
  return scan.skipped.length === 0 && scan.files.every((file) => known.has(file.path.join('/')));
}

async function freeName(path: string): Promise<string> {
  for (let i = 1; i < MAX_ASIDE; i++) {
    const name = `${path} (changed ${i})`;
    if ((await lstat(name).catch(() => undefined)) === undefined) return name;
  }
  throw new ShoalError('name-conflict', `there are ${MAX_ASIDE} changed copies of ${path}: remove some`);
}
