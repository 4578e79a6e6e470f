/**
 * A simulated disk, the twin of `nodeDisk`. Bytes that are not synced may be lost when the power goes, sector by
 * sector, in any order; so may names that were made and not synced. It can fill up, fail, refuse and hang. Every change
 * of the disk is a *write point*, at which a test may let the process die or the power go.
 */
import { dirname, resolve } from 'node:path';
import type { Disk, FileStat, OpenHow } from '../../src/ground/node/disk.ts';
import type { Prng } from '../../src/ground/ports.ts';
import type { World } from './world.ts';

const SECTOR = 512;
/** The time of an operation without a fault. */
const LATENCY_MS = 0.2;
const SYNC_MS = 3;
/** Links that lead to links, as on Linux. */
const MAX_LINKS = 40;

/** A write that is not synced: where, and what lies there now is in `content`. */
interface Extent {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

class Inode {
  readonly number: number;
  readonly kind: FileStat['kind'];
  /** As processes see it. */
  content: Uint8Array = new Uint8Array(0);
  /** As it is after a power loss, for sure. */
  durable: Uint8Array = new Uint8Array(0);
  unsynced: Extent[] = [];
  modifiedMs: number;
  mode = 0o644;
  target = '';

  constructor(number: number, kind: FileStat['kind'], now: number) {
    this.number = number;
    this.kind = kind;
    this.modifiedMs = now;
  }
}

type Names = Map<string, Inode>;

/** A change of names that is not synced: it happens as one, or not at all. */
interface NameChange {
  readonly folders: readonly string[];
  readonly apply: (names: Names) => void;
}

export interface DiskFaults {
  /** The code with which an operation on a path fails, if it fails. */
  fail?: (operation: string, path: string) => string | undefined;
  /** True while operations on a path get no answer. */
  hangs?: (path: string) => boolean;
  /** Bytes that fit. */
  capacity?: number;
}

export class SimDisk implements Disk {
  readonly #world: World;
  readonly #prng: Prng;
  readonly faults: DiskFaults = {};
  #names: Names = new Map<string, Inode>();
  /** As they are after a power loss, for sure. */
  readonly #durableNames: Names = new Map<string, Inode>();
  #changes: NameChange[] = [];
  readonly #open = new Map<number, { readonly inode: Inode; readonly path: string; readonly how: OpenHow }>();
  #nextFd = 3;
  #nextInode = 1;
  /** Changes of the disk so far. */
  writePoints = 0;
  /** Called at each write point before the change is made; throws to let the process die there. */
  onWritePoint: (point: number) => void = () => {};
  /** Operations get no answer any more. */
  isDead = false;
  #dying = 0;

  constructor(world: World, prng: Prng) {
    this.#world = world;
    this.#prng = prng;
    const root = new Inode(0, 'folder', 0);
    this.#names.set('/', root);
    this.#durableNames.set('/', root);
  }

  get openFiles(): number {
    return this.#open.size;
  }

  /** All files by path, as processes see them. */
  files(): ReadonlyMap<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const [path, inode] of this.#names) if (inode.kind === 'file') files.set(path, inode.content);
    return files;
  }

  /** Another program writes a file, and makes its folder. */
  edit(path: string, change: (content: Uint8Array) => Uint8Array): void {
    const inode = this.#names.get(path);
    const now = inode ?? new Inode(this.#nextInode++, 'file', this.#now());
    now.content = change(now.content.slice());
    now.durable = now.content.slice();
    now.modifiedMs = this.#now();
    this.#names.set(path, now);
    this.#durableNames.set(path, now);
    for (let at = dirname(path); !this.#names.has(at); at = dirname(at)) {
      const folder = new Inode(this.#nextInode++, 'folder', this.#now());
      this.#names.set(at, folder);
      this.#durableNames.set(at, folder);
    }
  }

  /** Another program removes a file. */
  erase(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  /** The process is gone; what it had the disk do stays. */
  kill(): void {
    this.#open.clear();
    this.isDead = false;
    this.#dying++;
  }

  /** The power goes: of what was not synced, some sectors and some names survive. */
  losePower(): void {
    this.kill();
    const names: Names = new Map(this.#durableNames);
    // Later changes may survive where earlier ones do not.
    for (const change of this.#changes) if (this.#prng.fraction() < 0.5) change.apply(names);
    this.#changes = [];
    // A name in a folder that is lost is lost with it.
    for (const path of [...names.keys()].sort()) if (!names.has(dirname(path))) names.delete(path);
    for (const inode of new Set(names.values())) this.#tear(inode);
    this.#names = names;
    this.#durableNames.clear();
    for (const [path, inode] of names) this.#durableNames.set(path, inode);
  }

  #tear(inode: Inode): void {
    const survivor = inode.durable.slice();
    let length = survivor.length;
    const grown = new Uint8Array(Math.max(length, inode.content.length));
    grown.set(survivor);
    for (const { offset, bytes } of inode.unsynced) {
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
        if (this.#prng.fraction() < 0.5) {
          grown.set(
            bytes.subarray(at, end).subarray(0, Math.max(0, grown.length - offset - at)),
            offset + at,
          );
          length = Math.max(length, Math.min(grown.length, offset + end));
        }
        at = end;
      }
    }
    if (this.#prng.fraction() < 0.5) length = inode.content.length;
    inode.content = grown.slice(0, length);
    inode.durable = inode.content.slice();
    inode.unsynced = [];
  }

  #now(): number {
    return 1_700_000_000_000 + this.#world.now;
  }

  /** The answer comes later, or never; the change is made when the answer is due. */
  #later<T>(operation: string, path: string, action: () => T, ms = LATENCY_MS): Promise<T> {
    const life = this.#dying;
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        if (this.isDead || life !== this.#dying) return;
        if (this.faults.hangs?.(path) === true) {
          this.#world.after(100, attempt);
          return;
        }
        try {
          this.#failNow(operation, path);
          const value = action();
          if (!this.isDead) resolve(value);
        } catch (error) {
          if (!this.isDead) reject(error as Error);
        }
      };
      this.#world.after(ms * (0.5 + this.#prng.fraction()), attempt);
    });
  }

  /** Something of its own that a test keeps durably is changed: false if the process dies at that point. */
  touch(): boolean {
    try {
      this.#change();
      return true;
    } catch {
      return false;
    }
  }

  #failNow(operation: string, path: string): void {
    const code = this.faults.fail?.(operation, path);
    if (code !== undefined) throw systemError(code, operation, path);
  }

  /** Operations on that open file get no answer at present. */
  isHanging(fd: number): boolean {
    return this.faults.hangs?.(this.#fd(fd).path) === true;
  }

  #change(): void {
    this.onWritePoint(++this.writePoints);
    if (this.isDead) throw new Error('dead');
  }

  #fd(fd: number): { readonly inode: Inode; readonly path: string; readonly how: OpenHow } {
    const open = this.#open.get(fd);
    if (open === undefined) throw systemError('EBADF', 'fd', String(fd));
    return open;
  }

  #changeNames(folders: readonly string[], apply: (names: Names) => void): void {
    apply(this.#names);
    this.#changes.push({ folders, apply });
  }

  #setName(path: string, inode: Inode): void {
    this.#changeNames([dirname(path)], (names) => names.set(path, inode));
  }

  /** Where a name leads. Links in the folders above are followed by nobody here. */
  #follow(path: string): string {
    let at = path;
    for (let links = 0; this.#names.get(at)?.kind === 'link'; links++) {
      if (links === MAX_LINKS) throw systemError('ELOOP', 'open', path);
      at = resolve(dirname(at), this.#names.get(at)!.target);
    }
    return at;
  }

  #requireFolder(path: string): void {
    if (this.#names.get(dirname(path))?.kind !== 'folder') throw systemError('ENOENT', 'open', path);
  }

  #used(): number {
    let bytes = 0;
    // Sparse: what is zeros takes no space, a page at a time.
    for (const { content } of new Set(this.#names.values()))
      for (let at = 0; at < content.length; at += 4096)
        if (content.subarray(at, at + 4096).some((byte) => byte !== 0)) bytes += 4096;
    return bytes;
  }

  open(path: string, how: OpenHow): Promise<number> {
    return this.#later('open', path, () => {
      let inode = how === 'read' ? this.#names.get(this.#follow(path)) : this.#names.get(path);
      if (inode?.kind === 'link') throw systemError('ELOOP', 'open', path);
      if (inode?.kind === 'folder' && how !== 'read') throw systemError('EISDIR', 'open', path);
      if (inode === undefined) {
        if (how !== 'create') throw systemError('ENOENT', 'open', path);
        this.#requireFolder(path);
        this.#change();
        inode = new Inode(this.#nextInode++, 'file', this.#now());
        this.#setName(path, inode);
      }
      const fd = this.#nextFd++;
      this.#open.set(fd, { inode, path, how });
      return fd;
    });
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }

  fstat(fd: number): Promise<FileStat> {
    const { path } = this.#fd(fd);
    return this.#later('fstat', path, () => statOf(this.#fd(fd).inode));
  }

  lstat(path: string): Promise<FileStat | undefined> {
    return this.#later('lstat', path, () => {
      const inode = this.#names.get(path);
      return inode === undefined ? undefined : statOf(inode);
    });
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#later('stat', path, () => {
      const inode = this.#names.get(this.#follow(path));
      return inode === undefined ? undefined : statOf(inode);
    });
  }

  read(fd: number, views: readonly Uint8Array[], offset: number): Promise<number> {
    return this.#later('read', this.#fd(fd).path, () => this.readNow(fd, views, offset));
  }

  /** The call of a worker thread, which does its own waiting. */
  readNow(fd: number, views: readonly Uint8Array[], offset: number): number {
    const { inode, path } = this.#fd(fd);
    this.#failNow('read', path);
    let at = offset;
    for (const view of views) {
      const part = inode.content.subarray(at, at + view.length);
      view.set(part);
      at += part.length;
      if (part.length < view.length) break;
    }
    return at - offset;
  }

  write(fd: number, bytes: Uint8Array, offset: number): Promise<void> {
    return this.#later('write', this.#fd(fd).path, () => this.writeNow(fd, bytes, offset));
  }

  /** The same for writing; a write may be cut by death at any sector. */
  writeNow(fd: number, bytes: Uint8Array, offset: number): void {
    const { inode, path, how } = this.#fd(fd);
    if (how === 'read') throw systemError('EBADF', 'write', path);
    this.#failNow('write', path);
    const { capacity } = this.faults;
    if (capacity !== undefined && this.#used() + bytes.length > capacity)
      throw systemError('ENOSPC', 'write', path);
    try {
      this.#change();
    } catch (error) {
      // Killed in the middle of the call: a part of it is done.
      this.#apply(inode, bytes.slice(0, this.#prng.below(bytes.length + 1)), offset);
      throw error;
    }
    this.#apply(inode, bytes.slice(), offset);
  }

  #apply(inode: Inode, bytes: Uint8Array, offset: number): void {
    if (offset + bytes.length > inode.content.length)
      inode.content = resized(inode.content, offset + bytes.length);
    inode.content.set(bytes, offset);
    inode.unsynced.push({ offset, bytes });
    inode.modifiedMs = this.#now();
  }

  truncate(fd: number, length: number): Promise<void> {
    return this.#later('truncate', this.#fd(fd).path, () => {
      const { inode } = this.#fd(fd);
      this.#change();
      inode.content = resized(inode.content, length);
      inode.unsynced = inode.unsynced.filter((extent) => extent.offset < length);
      inode.modifiedMs = this.#now();
    });
  }

  sync(fd: number): Promise<void> {
    return this.#later(
      'sync',
      this.#fd(fd).path,
      () => {
        const { inode } = this.#fd(fd);
        this.#change();
        inode.durable = inode.content.slice();
        inode.unsynced = [];
      },
      SYNC_MS,
    );
  }

  syncFolder(path: string): Promise<void> {
    return this.#later(
      'sync',
      path,
      () => {
        this.#change();
        const rest: NameChange[] = [];
        for (const change of this.#changes) {
          if (change.folders.includes(path)) change.apply(this.#durableNames);
          else rest.push(change);
        }
        this.#changes = rest;
      },
      SYNC_MS,
    );
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.#later('mkdir', path, () => {
      const missing: string[] = [];
      for (let at = path; !this.#names.has(at); at = dirname(at)) missing.unshift(at);
      for (const folder of missing) {
        this.#change();
        this.#setName(folder, new Inode(this.#nextInode++, 'folder', this.#now()));
      }
      return missing[0];
    });
  }

  requireWritable(folder: string): Promise<void> {
    return this.#later('access', folder, () => {
      if (!this.#names.has(folder)) throw systemError('ENOENT', 'access', folder);
    });
  }

  realPath(path: string): Promise<string> {
    return this.#later('realpath', path, () => {
      const place = this.#follow(path);
      if (!this.#names.has(place)) throw systemError('ENOENT', 'realpath', path);
      return place;
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#later('rename', from, () => {
      const inode = this.#names.get(from);
      if (inode === undefined) throw systemError('ENOENT', 'rename', from);
      this.#requireFolder(to);
      if (from.startsWith('/mnt/') !== to.startsWith('/mnt/')) throw systemError('EXDEV', 'rename', from);
      this.#change();
      this.#changeNames([dirname(from), dirname(to)], (names) => {
        const moved = names.get(from);
        if (moved === undefined) return;
        names.delete(from);
        names.set(to, moved);
      });
    });
  }

  remove(path: string): Promise<void> {
    return this.#later('remove', path, () => {
      const inode = this.#names.get(path);
      if (inode === undefined) return;
      if (inode.kind === 'folder') throw systemError('ERR_FS_EISDIR', 'rm', path);
      this.#change();
      this.#changeNames([dirname(path)], (names) => names.delete(path));
    });
  }

  removeEmptyFolder(path: string): Promise<void> {
    return this.#later('rmdir', path, () => {
      for (const other of this.#names.keys()) if (other.startsWith(`${path}/`)) return;
      if (!this.#names.has(path)) return;
      this.#change();
      this.#changeNames([dirname(path)], (names) => names.delete(path));
    });
  }

  readLink(path: string): Promise<string> {
    return this.#later('readlink', path, () => {
      const inode = this.#names.get(path);
      if (inode?.kind !== 'link')
        throw systemError(inode === undefined ? 'ENOENT' : 'EINVAL', 'readlink', path);
      return inode.target;
    });
  }

  setTime(path: string, modifiedMs: number): Promise<void> {
    return this.#later('utimes', path, () => {
      const inode = this.#names.get(path);
      if (inode === undefined) throw systemError('ENOENT', 'utimes', path);
      this.#change();
      inode.modifiedMs = modifiedMs;
    });
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#later('symlink', path, () => {
      if (this.#names.has(path)) throw systemError('EEXIST', 'symlink', path);
      this.#change();
      const inode = new Inode(this.#nextInode++, 'link', this.#now());
      inode.target = target;
      this.#setName(path, inode);
    });
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#later('chmod', path, () => {
      const inode = this.#names.get(path);
      if (inode === undefined) throw systemError('ENOENT', 'chmod', path);
      inode.mode = mode;
    });
  }

  freeSpace(path: string): Promise<number> {
    const { capacity } = this.faults;
    return this.#later('statfs', path, () =>
      capacity === undefined ? Number.POSITIVE_INFINITY : Math.max(0, capacity - this.#used()),
    );
  }
}

function statOf(inode: Inode): FileStat {
  const { kind, content, modifiedMs, number, mode } = inode;
  return { kind, size: content.length, modifiedMs, inode: number, mode, links: 1 };
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const other = new Uint8Array(length);
  other.set(bytes.subarray(0, length));
  return other;
}

function systemError(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code });
}
