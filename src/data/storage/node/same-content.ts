/** Looks at the bytes of files that are there, a stretch at a time. */
import type { Disk } from '../../../ground/node/disk.ts';

const CHUNK_BYTES = 1024 * 1024;
let zeros: Buffer | undefined;

/** Native: files of zeros that another client has preallocated may be as large as disks. */
export function isAllZeros(bytes: Uint8Array): boolean {
  zeros ??= Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const end = Math.min(bytes.length, at + CHUNK_BYTES);
    if (zeros.compare(bytes, at, end, 0, end - at) !== 0) return false;
  }
  return true;
}

/** Two files hold the same bytes. */
export async function hasSameContent(disk: Disk, one: string, other: string): Promise<boolean> {
  const first = await disk.open(one, 'read');
  try {
    const second = await disk.open(other, 'read');
    try {
      const { size } = await disk.fstat(first);
      if ((await disk.fstat(second)).size !== size) return false;
      const [a, b] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
      for (let at = 0; at < size; at += CHUNK_BYTES) {
        const length = Math.min(CHUNK_BYTES, size - at);
        const views = [a, b].map((buffer) => buffer.subarray(0, length));
        if ((await readWhole(disk, first, views[0]!, at)) < length) return false;
        if ((await readWhole(disk, second, views[1]!, at)) < length) return false;
        if (Buffer.compare(views[0]!, views[1]!) !== 0) return false;
      }
      return true;
    } finally {
      disk.close(second);
    }
  } finally {
    disk.close(first);
  }
}

/** A stretch of a file holds zeros only, or lies behind its end: nothing was written there. */
export async function isBlank(disk: Disk, path: string, from: number, to: number): Promise<boolean> {
  const fd = await disk.open(path, 'read');
  try {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(0, to - from)));
    for (let at = from; at < to; ) {
      const view = buffer.subarray(0, Math.min(buffer.length, to - at));
      const got = await disk.read(fd, [view], at);
      if (got === 0) return true;
      if (!isAllZeros(view.subarray(0, got))) return false;
      at += got;
    }
    return true;
  } finally {
    disk.close(fd);
  }
}

async function readWhole(disk: Disk, fd: number, view: Uint8Array, offset: number): Promise<number> {
  let filled = 0;
  while (filled < view.length) {
    const got = await disk.read(fd, [view.subarray(filled)], offset + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}
