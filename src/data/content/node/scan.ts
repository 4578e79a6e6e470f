/**
 * Lists the files to share: one file, or a folder with all below it, in the order of the torrent. Symbolic
 * links become BEP 47 links when they stay inside the folder; those that point out are followed as files would be
 * surprising (and leak what was not offered), so they are refused by name.
 */
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { sortFiles, type SourceFile } from '../build-info.ts';

export interface ScannedFile extends SourceFile {
  /** Where it lies on disk. */
  readonly diskPath: string;
  readonly modifiedMs: number;
}

export interface Scan {
  readonly name: string;
  readonly isSingleFile: boolean;
  readonly files: readonly ScannedFile[];
  readonly totalBytes: number;
  /** Sockets, devices and pipes that were passed over. */
  readonly skipped: readonly string[];
}

const OWNER_EXECUTE = 0o100;

/** @throws ShoalError when something cannot be read or a link points out of the folder */
export async function scanPath(path: string): Promise<Scan> {
  const root = resolve(path);
  const name = basename(root);
  if (name === '')
    throw new ShoalError('bad-argument', 'a whole file system cannot be shared: name a folder in it');
  try {
    const info = await stat(root);
    if (info.isFile()) {
      const file: ScannedFile = {
        path: [name],
        lengthBytes: info.size,
        isExecutable: (info.mode & OWNER_EXECUTE) !== 0,
        diskPath: root,
        modifiedMs: info.mtimeMs,
      };
      return { name, isSingleFile: true, files: [file], totalBytes: info.size, skipped: [] };
    }
    if (!info.isDirectory()) throw new ShoalError('bad-argument', `${path} is neither a file nor a folder`);
    return await scanFolder(root, name);
  } catch (error) {
    throw fromSystemError(`cannot read ${path}`, error);
  }
}

async function scanFolder(root: string, name: string): Promise<Scan> {
  const files: ScannedFile[] = [];
  const skipped: string[] = [];
  const realRoot = await realpath(root);
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const diskPath = join(folder, entry.name);
      // Node.js has lost the bytes of such a name: asked for by what is left of it, the file is not there.
      if (entry.name.includes('\uFFFD'))
        throw new ShoalError(
          'unsafe-path',
          `the name of ${diskPath} is not UTF-8, which torrents need: rename it`,
        );
      if (entry.isDirectory()) pending.push(diskPath);
      else if (entry.isFile() || entry.isSymbolicLink())
        files.push(await scanEntry(root, realRoot, diskPath));
      else skipped.push(diskPath);
    }
  }
  if (files.length === 0)
    throw new ShoalError('bad-argument', `${root} holds no file: there is nothing to share`);
  const totalBytes = files.reduce((sum, file) => sum + file.lengthBytes, 0);
  return { name, isSingleFile: false, files: sortFiles(files), totalBytes, skipped };
}

async function scanEntry(root: string, realRoot: string, diskPath: string): Promise<ScannedFile> {
  const info = await lstat(diskPath);
  const path = relative(root, diskPath).split(sep);
  const common = { path, diskPath, modifiedMs: info.mtimeMs };
  if (!info.isSymbolicLink()) {
    return { ...common, lengthBytes: info.size, isExecutable: (info.mode & OWNER_EXECUTE) !== 0 };
  }
  const target = resolve(
    dirname(await realpath(dirname(diskPath)).then((d) => join(d, 'x'))),
    await readlink(diskPath),
  );
  const inside = relative(realRoot, target);
  if (inside === '' || inside.startsWith('..')) {
    throw new ShoalError(
      'unsafe-path',
      `${diskPath} links to ${target}, outside the shared folder: copy the file in, or remove the link`,
    );
  }
  return { ...common, lengthBytes: 0, isExecutable: false, symlinkTarget: inside.split(sep) };
}
