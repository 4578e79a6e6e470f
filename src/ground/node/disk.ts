/**
 * The disk as a port: what storage needs of a file system, no more. `nodeDisk` is the real one; `sim/world/disk.ts` is its
 * twin, which loses what was not synced, tears writes, fills up, fails and stalls. One suite runs against both
 * (`sim/world/contract-disk.test.ts`).
 *
 * Everything is asynchronous: a network drive that hangs must not stop the process. Failures reject with the
 * system's error, whose `code` is `ENOSPC`, `EIO`, … (see `fromSystemError`).
 */
import {
  access,
  close,
  constants,
  fdatasync,
  fstat,
  ftruncate,
  lstat,
  open,
  readlink,
  readv,
  realpath,
  rename,
  rm,
  rmdir,
  type Stats,
  stat,
  statfs,
  symlink,
  utimes,
  write,
  writeSync,
  chmod,
  fsync,
} from 'node:fs';
import { makeFolder } from './make-folder.ts';

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with fractions. */
  readonly modifiedMs: number;
  readonly inode: number;
  readonly mode: number;
  /** Names that it has. */
  readonly links: number;
}

/**
 * `write` opens what exists; `create` makes what does not. Neither follows a symbolic link in the file's place. None
 * waits for what is no file: a pipe opens, and fails when it is read.
 */
export type OpenHow = 'read' | 'write' | 'create';

export interface Disk {
  open(path: string, how: OpenHow): Promise<number>;
  /** Returns at once; the number is not used again. */
  close(fd: number): void;
  /** Of an open file. */
  fstat(fd: number): Promise<FileStat>;
  /** Of a name, not following a link; undefined when nothing has it. */
  lstat(path: string): Promise<FileStat | undefined>;
  /** Of what a name leads to; undefined when nothing has it. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Fills the views in order; returns how many bytes there were. */
  read(fd: number, views: readonly Uint8Array[], offset: number): Promise<number>;
  write(fd: number, bytes: Uint8Array, offset: number): Promise<void>;
  /** At once, for a few bytes to a local file: less work than asking another thread to. */
  writeNow(fd: number, bytes: Uint8Array, offset: number): void;
  truncate(fd: number, length: number): Promise<void>;
  /** The file's data and length will survive a power loss. Its name may need `syncFolder`. */
  sync(fd: number): Promise<void>;
  /** The names in a folder will survive a power loss. */
  syncFolder(path: string): Promise<void>;
  /** With all above it; returns the uppermost that is new. Ends also where the file system takes no folders. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Rejects when no file can be made in the folder. */
  requireWritable(folder: string): Promise<void>;
  realPath(path: string): Promise<string>;
  /** Replaces what has the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when nothing has the name. */
  remove(path: string): Promise<void>;
  /** Nothing happens when it is not empty, or not there. */
  removeEmptyFolder(path: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readLink(path: string): Promise<string>;
  /** When it was changed: milliseconds since 1970. */
  setTime(path: string, modifiedMs: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  /** Bytes free for us; infinite when the system does not say. */
  freeSpace(path: string): Promise<number>;
}

/** A pipe under the name of a file must not keep us waiting for its other end. Windows has no such flag. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

const FLAGS: Readonly<Record<OpenHow, number>> = {
  read: constants.O_RDONLY | NO_WAIT,
  write: constants.O_RDWR | constants.O_NOFOLLOW | NO_WAIT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | NO_WAIT,
};

/** A folder cannot be opened or synced everywhere (Windows, some network drives): then its names are as safe as they get. */
const CANNOT_SYNC = new Set(['EISDIR', 'EPERM', 'EINVAL', 'EACCES', 'ENOTSUP', 'EBADF']);

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

/** Callbacks, not `fs/promises`: those cost several times as much on the paths where it counts. */
function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)));
  });
}

function toFileStat(stats: Stats): FileStat {
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'folder'
      : stats.isSymbolicLink()
        ? 'link'
        : 'other';
  const { size, mtimeMs, ino, mode, nlink } = stats;
  return { kind, size, modifiedMs: mtimeMs, inode: ino, mode, links: nlink };
}

async function orUndefined(stats: Promise<Stats>): Promise<FileStat | undefined> {
  try {
    return toFileStat(await stats);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

export const nodeDisk: Disk = {
  open: (path, how) =>
    call<number>((done) => open(path, FLAGS[how], 0o666, done)).catch((error: NodeJS.ErrnoException) => {
      // A file server holds a lease on it (open(2)): a file, so that the wait for it ends.
      if (error.code !== 'EAGAIN') throw error;
      return call<number>((done) => open(path, FLAGS[how] & ~NO_WAIT, 0o666, done));
    }),
  close: (fd) => close(fd, () => {}),
  fstat: async (fd) => toFileStat(await call<Stats>((done) => fstat(fd, done))),
  lstat: (path) => orUndefined(call((done) => lstat(path, done))),
  stat: (path) => orUndefined(call((done) => stat(path, done))),
  read: (fd, views, offset) => call((done) => readv(fd, views as NodeJS.ArrayBufferView[], offset, done)),
  write: async (fd, bytes, offset) => {
    for (let at = 0; at < bytes.length; )
      at += await call<number>((done) => write(fd, bytes, at, bytes.length - at, offset + at, done));
  },
  writeNow: (fd, bytes, offset) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, offset + at);
  },
  truncate: (fd, length) => call<void>((done) => ftruncate(fd, length, done)),
  sync: (fd) => call<void>((done) => fdatasync(fd, done)),
  syncFolder: async (path) => {
    try {
      const fd = await call<number>((done) => open(path, constants.O_RDONLY, done));
      await call<void>((done) => fsync(fd, done)).finally(() => close(fd, () => {}));
    } catch (error) {
      if (!CANNOT_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  },
  makeFolder: (path) => makeFolder(path),
  requireWritable: (folder) => call<void>((done) => access(folder, constants.W_OK | constants.X_OK, done)),
  realPath: (path) => call((done) => realpath(path, done)),
  rename: (from, to) => call<void>((done) => rename(from, to, done)),
  remove: (path) => call<void>((done) => rm(path, { force: true }, done)),
  removeEmptyFolder: (path) => call<void>((done) => rmdir(path, done)).catch(() => {}),
  readLink: (path) => call<string>((done) => readlink(path, done)),
  setTime: (path, modifiedMs) => call<void>((done) => utimes(path, new Date(), modifiedMs / 1000, done)),
  symlink: (target, path) => call<void>((done) => symlink(target, path, done)),
  chmod: (path, mode) => call<void>((done) => chmod(path, mode, done)),
  freeSpace: async (path) => {
    const space = await call<{ bavail: number; bsize: number }>((done) => statfs(path, done)).catch(
      () => undefined,
    );
    return space === undefined ? Number.POSITIVE_INFINITY : space.bavail * space.bsize;
  },
};
