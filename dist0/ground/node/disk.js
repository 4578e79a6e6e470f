/**
 * The disk as a port: what storage needs of a file system, no more. `nodeDisk` is the real one; `sim/disk.ts` is its
 * twin, which loses what was not synced, tears writes, fills up, fails and stalls. One suite runs against both
 * (`sim/disk-contract.test.ts`).
 *
 * Everything is asynchronous: a network drive that hangs must hang nobody else. Failures reject with the system's
 * error, whose `code` is `ENOSPC`, `EIO`, … (see `fromSystemError`).
 */
import { close, constants, fdatasync, fstat, ftruncate, lstat, mkdir, open, readlink, readv, realpath, rename, rm, rmdir, stat, statfs, symlink, utimes, write, writeSync, chmod, fsync, } from 'node:fs';
const FLAGS = {
    read: constants.O_RDONLY,
    write: constants.O_RDWR | constants.O_NOFOLLOW,
    create: constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW,
};
/** A folder cannot be opened or synced everywhere (Windows, some network drives): then its names are as safe as they get. */
const CANNOT_SYNC = new Set(['EISDIR', 'EPERM', 'EINVAL', 'EACCES', 'ENOTSUP', 'EBADF']);
/** Callbacks, not `fs/promises`: those cost several times as much on the paths where it counts. */
function call(start) {
    return new Promise((resolve, reject) => {
        start((error, value) => (error === null || error === undefined ? resolve(value) : reject(error)));
    });
}
function toFileStat(stats) {
    const kind = stats.isFile()
        ? 'file'
        : stats.isDirectory()
            ? 'folder'
            : stats.isSymbolicLink()
                ? 'link'
                : 'other';
    const { size, mtimeMs, ino, mode } = stats;
    return { kind, size, modifiedMs: mtimeMs, inode: ino, mode };
}
async function orUndefined(stats) {
    try {
        return toFileStat(await stats);
    }
    catch (error) {
        const { code } = error;
        if (code === 'ENOENT' || code === 'ENOTDIR')
            return undefined;
        throw error;
    }
}
export const nodeDisk = {
    open: (path, how) => call((done) => open(path, FLAGS[how], 0o666, done)),
    close: (fd) => close(fd, () => { }),
    fstat: async (fd) => toFileStat(await call((done) => fstat(fd, done))),
    lstat: (path) => orUndefined(call((done) => lstat(path, done))),
    stat: (path) => orUndefined(call((done) => stat(path, done))),
    read: (fd, views, offset) => call((done) => readv(fd, views, offset, done)),
    write: async (fd, bytes, offset) => {
        for (let at = 0; at < bytes.length;)
            at += await call((done) => write(fd, bytes, at, bytes.length - at, offset + at, done));
    },
    writeNow: (fd, bytes, offset) => {
        for (let at = 0; at < bytes.length;)
            at += writeSync(fd, bytes, at, bytes.length - at, offset + at);
    },
    truncate: (fd, length) => call((done) => ftruncate(fd, length, done)),
    sync: (fd) => call((done) => fdatasync(fd, done)),
    syncFolder: async (path) => {
        try {
            const fd = await call((done) => open(path, constants.O_RDONLY, done));
            await call((done) => fsync(fd, done)).finally(() => close(fd, () => { }));
        }
        catch (error) {
            if (!CANNOT_SYNC.has(error.code ?? ''))
                throw error;
        }
    },
    makeFolder: async (path) => {
        try {
            return await call((done) => mkdir(path, { recursive: true }, done));
        }
        catch (error) {
            // Node says ENOENT where the file system is read-only; asked for one folder, the system says what it means.
            if (error.code === 'ENOENT')
                await call((done) => mkdir(path, done));
            throw error;
        }
    },
    realPath: (path) => call((done) => realpath(path, done)),
    rename: (from, to) => call((done) => rename(from, to, done)),
    remove: (path) => call((done) => rm(path, { force: true }, done)),
    removeEmptyFolder: (path) => call((done) => rmdir(path, done)).catch(() => { }),
    readLink: (path) => call((done) => readlink(path, done)),
    setTime: (path, modifiedMs) => call((done) => utimes(path, new Date(), modifiedMs / 1000, done)),
    symlink: (target, path) => call((done) => symlink(target, path, done)),
    chmod: (path, mode) => call((done) => chmod(path, mode, done)),
    freeSpace: async (path) => {
        const space = await call((done) => statfs(path, done)).catch(() => undefined);
        return space === undefined ? Number.POSITIVE_INFINITY : space.bavail * space.bsize;
    },
};
