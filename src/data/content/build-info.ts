/**
 * Builds the info dictionary from a file list and its hashes: v1 (BEP 3), v2 (BEP 52) or hybrid, with attributes
 * (BEP 47). The same input gives the same bytes: files are sorted by raw path bytes, keys by bencode.
 */
import { encodeBencode, type Encodable } from '../../ground/bencode.ts';
import { compareBytes, toUtf8, utf8ToByteString } from '../../ground/bytes.ts';
import type { TorrentVersion } from './metainfo.ts';

export interface SourceFile {
  readonly path: readonly string[];
  readonly lengthBytes: number;
  readonly isExecutable: boolean;
  readonly symlinkTarget?: readonly string[];
}

export interface InfoOptions {
  readonly version: TorrentVersion;
  readonly name: string;
  readonly isSingleFile: boolean;
  readonly pieceLength: number;
  readonly isPrivate?: boolean;
  readonly source?: string;
}

export interface InfoHashes {
  /** 20 bytes a piece; v1 and hybrid. */
  readonly v1Hashes?: Uint8Array;
  /** By index in the sorted file list; v2 and hybrid. */
  readonly piecesRoots?: readonly (Uint8Array | undefined)[];
}

/** The order that BEP 52's sorted dictionaries force; used for v1 as well so that input order never matters. */
export function sortFiles<T extends { readonly path: readonly string[] }>(files: readonly T[]): T[] {
  const keyed = files.map((file) => ({ file, path: file.path.map((element) => toUtf8(element)) }));
  keyed.sort((a, b) => {
    const depth = Math.min(a.path.length, b.path.length);
    for (let i = 0; i < depth; i++) {
      const order = compareBytes(a.path[i]!, b.path[i]!);
      if (order !== 0) return order;
    }
    return a.path.length - b.path.length;
  });
  return keyed.map(({ file }) => file);
}

export function buildInfo(
  files: readonly SourceFile[],
  options: InfoOptions,
  hashes: InfoHashes,
): Uint8Array<ArrayBuffer> {
  const { version, pieceLength } = options;
  const info: Record<string, Encodable | undefined> = {
    name: options.name,
    'piece length': pieceLength,
    private: options.isPrivate === true ? 1 : undefined,
    source: options.source,
  };
  if (version !== 'v2') {
    info.pieces = hashes.v1Hashes;
    if (options.isSingleFile) Object.assign(info, fileFields(files[0]!));
    else info.files = listFiles(files, version === 'hybrid' ? pieceLength : undefined);
  }
  if (version !== 'v1') {
    info['meta version'] = 2;
    info['file tree'] = buildTree(files, hashes.piecesRoots ?? []);
  }
  return encodeBencode(info);
}

function fileFields(file: SourceFile): Record<string, Encodable | undefined> {
  return {
    attr: attributes(file),
    length: file.lengthBytes,
    'symlink path': file.symlinkTarget,
  };
}

function attributes(file: SourceFile): string | undefined {
  if (file.symlinkTarget !== undefined) return 'l';
  return file.isExecutable ? 'x' : undefined;
}

/**
 * The v1 list; in a hybrid a pad file (BEP 47) fills up the last piece of each file. BEP 52 leaves the pad behind the
 * last file open; it is there because libtorrent puts it there, and equal torrents make one swarm.
 */
function listFiles(files: readonly SourceFile[], alignTo: number | undefined): Encodable[] {
  const list: Encodable[] = [];
  for (const file of files) {
    list.push({ ...fileFields(file), path: file.path });
    const pad = alignTo === undefined ? 0 : padding(file.lengthBytes, alignTo);
    if (pad > 0) list.push({ attr: 'p', length: pad, path: ['.pad', String(pad)] });
  }
  return list;
}

export function padding(length: number, alignTo: number): number {
  return (alignTo - (length % alignTo)) % alignTo;
}

function buildTree(files: readonly SourceFile[], roots: readonly (Uint8Array | undefined)[]): Encodable {
  type Folder = Map<string, Folder | Encodable>;
  const root: Folder = new Map();
  for (const [index, file] of files.entries()) {
    let folder = root;
    for (const element of file.path.slice(0, -1)) {
      const key = utf8ToByteString(element);
      let next = folder.get(key) as Folder | undefined;
      if (next === undefined) {
        next = new Map();
        folder.set(key, next);
      }
      folder = next;
    }
    const leaf = { ...fileFields(file), 'pieces root': file.lengthBytes > 0 ? roots[index] : undefined };
    folder.set(utf8ToByteString(file.path[file.path.length - 1]!), { '': leaf } as Encodable);
  }
  return root as Encodable;
}
