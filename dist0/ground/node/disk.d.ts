export interface FileStat {
    readonly kind: 'file' | 'folder' | 'link' | 'other';
    /** Bytes. */
    readonly size: number;
    /** Milliseconds since 1970, with fractions. */
    readonly modifiedMs: number;
    readonly inode: number;
    readonly mode: number;
}
/** `write` opens what exists; `create` makes what does not. Neither follows a symbolic link in the file's place. */
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
    /** With all above it; returns the uppermost that is new. */
    makeFolder(path: string): Promise<string | undefined>;
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
export declare const nodeDisk: Disk;
