/**
 * Moves the files of a share to another folder, on this file system or on another. The record has the move before
 * it begins, and each file is at every moment whole in one of the two places. So the next start carries on a move
 * that was cut short.
 */
import { dirname, join } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import type { Disk } from '../../../ground/node/disk.ts';
import { PART_ENDING } from '../safe-path.ts';
import { isAllZeros } from './same-content.ts';

const COPY_BYTES = 1024 * 1024;
const COPY_ENDING = '.moving';

export interface MovePlan {
  readonly from: string;
  readonly to: string;
  /** Paths below the folders; each may exist under its name or as a part. */
  readonly paths: readonly (readonly string[])[];
}

/** @throws ShoalError name-conflict when a name is taken there */
export async function requireFree(disk: Disk, { to, paths }: MovePlan): Promise<void> {
  for (const path of paths) {
    for (const ending of ['', PART_ENDING]) {
      const target = join(to, ...path) + ending;
      if ((await disk.lstat(target)) !== undefined)
        throw new ShoalError('name-conflict', `${target} exists: move it away, or choose another folder`);
    }
  }
}

/**
 * Moves the files that are still in the old place. May be called again after a crash.
 * @throws ShoalError no-space, no-permission, name-conflict, …
 */
export async function moveFiles(disk: Disk, { from, to, paths }: MovePlan): Promise<void> {
  const folders = new Set<string>();
  const safe = new Set<string>();
  for (const path of paths) {
    for (const ending of ['', PART_ENDING]) {
      const source = join(from, ...path) + ending;
      const target = join(to, ...path) + ending;
      const info = await disk.lstat(source);
      if (info === undefined || (info.kind !== 'file' && info.kind !== 'link')) continue;
      try {
        await makeDurableFolder(disk, dirname(target), safe);
        await moveFile(disk, source, target);
      } catch (error) {
        throw fromSystemError(`cannot move ${source} to ${target}`, error);
      }
      folders.add(dirname(target));
      folders.add(dirname(source));
    }
  }
  for (const folder of folders) await disk.syncFolder(folder);
  await removeEmpty(disk, from, paths);
}

/** Before anything moves into it, the folder and all above it must survive a power loss. */
async function makeDurableFolder(disk: Disk, folder: string, safe: Set<string>): Promise<void> {
  if (safe.has(folder)) return;
  await disk.makeFolder(folder);
  for (let at = folder; dirname(at) !== at && !safe.has(at); at = dirname(at)) {
    await disk.syncFolder(dirname(at));
    safe.add(at);
  }
}

async function moveFile(disk: Disk, source: string, target: string): Promise<void> {
  const info = (await disk.lstat(source))!;
  const there = await disk.lstat(target);
  if (there !== undefined) {
    // Copied, and the crash came before the old one was removed: a copy has its name only when it is whole.
    const isCopy = there.size === info.size && Math.abs(there.modifiedMs - info.modifiedMs) < 1;
    if (!isCopy) throw new ShoalError('name-conflict', `${target} exists: move it away`);
    await disk.remove(source);
    return;
  }
  try {
    await disk.rename(source, target);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EXDEV') throw error;
    if (info.kind === 'link') await disk.symlink(await disk.readLink(source), target);
    else await copyFile(disk, source, target);
    await disk.remove(source);
  }
}

/**
 * Gives a file another name, under which it is written to: what is written must not appear under a further name that it
 * has, in a library or in another share. Then a copy takes its place first.
 * @throws the system's error; ShoalError when it cannot be copied
 */
export async function detach(disk: Disk, from: string, to: string): Promise<void> {
  const info = await disk.lstat(from);
  if (info?.kind === 'file' && info.links > 1)
    await copyFile(disk, from, from).catch((error: unknown) => {
      throw fromSystemError(`cannot copy ${from}, which has another name (a hard link)`, error);
    });
  await disk.rename(from, to);
}

/** Under another name until it is whole and saved; with its time, by which it is known again. */
async function copyFile(disk: Disk, source: string, target: string): Promise<void> {
  const info = (await disk.lstat(source))!;
  const temporary = target + COPY_ENDING;
  const input = await disk.open(source, 'read');
  let isWhole = false;
  try {
    const output = await disk.open(temporary, 'create');
    try {
      // Bytes that a crash left of another copy must not show through the holes.
      await disk.truncate(output, 0);
      await disk.truncate(output, info.size);
      const buffer = new Uint8Array(COPY_BYTES);
      for (let at = 0; at < info.size; ) {
        const got = await disk.read(input, [buffer], at);
        if (got === 0) throw Object.assign(new Error('the file became shorter'), { code: 'EIO' });
        // Holes stay holes.
        const part = buffer.subarray(0, Math.min(got, info.size - at));
        if (!isAllZeros(part)) await disk.write(output, part, at);
        at += got;
      }
      await disk.chmod(temporary, info.mode & 0o777);
      await disk.setTime(temporary, info.modifiedMs);
      await disk.sync(output);
      isWhole = true;
    } finally {
      disk.close(output);
    }
  } finally {
    disk.close(input);
    if (!isWhole) await disk.remove(temporary).catch(() => {});
  }
  await disk.rename(temporary, target);
  await disk.syncFolder(dirname(target));
}

/** The folders of the share that are empty now. */
async function removeEmpty(disk: Disk, from: string, paths: readonly (readonly string[])[]): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let depth = path.length - 1; depth > 0; depth--) folders.add(join(from, ...path.slice(0, depth)));
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) await disk.removeEmptyFolder(folder);
}
