/**
 * A folder that changes from one version to the next as a whole. New versions are made in a hidden folder beside it and
 * renamed into place when they are complete. A journal makes the two renames one: after a crash the next start finishes
 * them.
 *
 * What a person changed or added in the old version is never thrown away: then the old folder is kept under another name.
 */
import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { scanPath } from '../content/node/scan.ts';
import type { Metainfo } from '../content/metainfo.ts';
import { fromSystemError, ShoalError } from '../ground/errors.ts';
import type { FileFingerprint } from '../storage/node/share-files.ts';

const HIDDEN = '.shoal-follow';
const JOURNAL = 'swap.json';
const MAX_ASIDE = 1000;

interface Swap {
  readonly staged: string;
  readonly shown: string;
  /** Where the old version goes; absent when there is none. */
  readonly aside?: string | undefined;
  readonly keepsAside: boolean;
}

export class VersionFolder {
  readonly outputDir: string;
  readonly #hidden: string;

  /** @param id tells apart what is followed into one folder */
  constructor(outputDir: string, id: string) {
    this.outputDir = outputDir;
    this.#hidden = join(outputDir, HIDDEN, id);
  }

  /** Where a version is made. */
  stagingOf(shareKey: string): string {
    return join(this.#hidden, shareKey);
  }

  /** Finishes what a crash interrupted. */
  async recover(): Promise<void> {
    const text = await readFile(join(this.#hidden, JOURNAL), 'utf8').catch(() => undefined);
    if (text === undefined) return;
    let swap: Swap;
    try {
      swap = JSON.parse(text) as Swap;
    } catch {
      // Not whole: nothing had been renamed yet.
      await rm(join(this.#hidden, JOURNAL), { force: true });
      return;
    }
    await this.#run(swap);
  }

  /**
   * Shows a complete version under its name.
   * @param old the version that is shown now, if it is ours
   * @returns where it is shown, and where the old one was kept because somebody had changed it
   * @throws ShoalError name-conflict when something that is not ours has the name
   */
  async show(
    staged: string,
    old: { readonly path: string; readonly metainfo: Metainfo; readonly isUntouched: boolean } | undefined,
  ): Promise<{ readonly path: string; readonly kept: string | undefined }> {
    const shown = join(this.outputDir, basename(staged));
    const present = old === undefined ? undefined : await lstat(old.path).catch(() => undefined);
    if (old?.path !== shown && (await lstat(shown).catch(() => undefined)) !== undefined) {
      throw new ShoalError(
        'name-conflict',
        `${shown} exists and is not ours: move it away, or follow into another folder with -o`,
      );
    }
    let aside: string | undefined;
    let keepsAside = false;
    if (old !== undefined && present !== undefined) {
      keepsAside = !(old.isUntouched && (await holdsNothingElse(old.path, old.metainfo)));
      aside = keepsAside ? await freeName(old.path) : join(this.#hidden, 'old');
      if (!keepsAside) await rm(aside, { recursive: true, force: true });
    }
    const swap: Swap = { staged, shown, ...(aside === undefined ? {} : { aside }), keepsAside };
    try {
      await mkdir(this.#hidden, { recursive: true });
      const journal = join(this.#hidden, JOURNAL);
      await writeFile(`${journal}.part`, JSON.stringify({ ...swap, old: old?.path }), { flush: true });
      await rename(`${journal}.part`, journal);
      await this.#run(swap, old?.path);
    } catch (error) {
      throw fromSystemError(`cannot put the new version into ${this.outputDir}`, error);
    }
    return { path: shown, kept: keepsAside ? aside : undefined };
  }

  /** Each step is done once, however often it is begun. */
  async #run(swap: Swap & { readonly old?: string }, oldPath: string | undefined = swap.old): Promise<void> {
    const exists = async (path: string): Promise<boolean> =>
      (await lstat(path).catch(() => undefined)) !== undefined;
    if (await exists(swap.staged)) {
      if (
        swap.aside !== undefined &&
        oldPath !== undefined &&
        !(await exists(swap.aside)) &&
        (await exists(oldPath))
      )
        await rename(oldPath, swap.aside);
      if (!(await exists(swap.shown))) await rename(swap.staged, swap.shown);
    }
    if (swap.aside !== undefined && !swap.keepsAside) await rm(swap.aside, { recursive: true, force: true });
    await rm(dirname(swap.staged), { recursive: true, force: true });
    await rm(join(this.#hidden, JOURNAL), { force: true });
  }

  /** Leftovers of versions that were never finished. */
  async removeStaging(exceptKey: string): Promise<void> {
    for (const name of await readdir(this.#hidden).catch(() => [])) {
      if (name !== exceptKey && name !== JOURNAL)
        await rm(join(this.#hidden, name), { recursive: true, force: true });
    }
  }

  /** Called at the end: no hidden folder stays behind when it is empty. */
  async tidy(): Promise<void> {
    await rmdir(this.#hidden).catch(() => undefined);
    await rmdir(dirname(this.#hidden)).catch(() => undefined);
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
