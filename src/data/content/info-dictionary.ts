/**
 * Reads the info dictionary: v1 (BEP 3), v2 (BEP 52), or hybrid, with the file attributes of BEP 47.
 *
 * A hybrid's v1 half is checked against its v2 half and then reduced to it: pads vanish, since files that start at
 * piece borders imply them.
 */
import { type BencodeDictionary, decodeBencode, field } from '../../ground/bencode.ts';
import { type Bytes, copyBytes, fromByteString, fromUtf8Lossy } from '../../ground/bytes.ts';
import { fail, type Malformed, type Result, succeed } from '../../ground/result.ts';
import { BLOCK_LENGTH } from '../../ground/units.ts';
import { HASH_LENGTH } from './merkle.ts';
import type { FileEntry, InfoDictionary, TorrentVersion } from './model.ts';

const MAX_FILES = 1_000_000;
/** 2^24 pieces: their v1 hashes alone are 320 MiB. */
const MAX_PIECES = 1 << 24;
const MAX_PIECE_LENGTH = 1 << 29;
/** Folders below folders; the deepest real trees have some 40. */
const MAX_PATH_DEPTH = 100;
const SHA1_LENGTH = 20;

/**
 * The info hash is over these bytes as they stand (BEP 3), so a v1 dictionary need not be canonical: libtorrent takes it
 * with the same hash, and its swarm exists. A v2 one must be (BEP 52; libtorrent refuses it too): the order of keys is
 * the order of files there.
 */
export function parseInfoDictionary(bytes: Bytes): Result<InfoDictionary> {
  const decoded = decodeBencode(bytes, { form: 'lenient' });
  if (!decoded.ok) return decoded;
  const info = decoded.value.value;
  if (!(info instanceof Map)) return fail('torrent-info', '"info" is not a dictionary (BEP 3)');
  const hasV2 = info.has('meta version') || info.has('file tree');
  const hasV1 = info.has('pieces') || !hasV2;
  if (hasV2) {
    if (info.get('meta version') !== 2)
      return fail('torrent-version', 'only "meta version" 2 is known (BEP 52)');
    const departure = decoded.value.departures[0];
    if (departure !== undefined)
      return fail(
        departure.code,
        `${departure.message} at byte ${departure.at} of a v2 info dictionary (BEP 52)`,
      );
  }
  try {
    return succeed(readInfo(info, hasV1 ? (hasV2 ? 'hybrid' : 'v1') : 'v2'));
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, error: error.verdict };
    throw error;
  }
}

/** Carries a verdict out of nested readers; never leaves this file. */
class Refusal extends Error {
  readonly verdict: Malformed;
  constructor(code: string, message: string) {
    super(message);
    this.verdict = { code, message };
  }
}

function readInfo(info: BencodeDictionary, version: TorrentVersion): InfoDictionary {
  const name = readName(info);
  const pieceLength = readPieceLength(info, version);
  const source = field.text(info, 'source');
  const common = {
    version,
    name,
    isPrivate: isPrivate(info),
    pieceLength,
    ...(source === undefined ? {} : { source }),
  };
  if (version === 'v2') {
    const tree = readFileTree(info, name, pieceLength);
    return { ...common, ...tree };
  }
  const v1 = readV1Files(info, name);
  const v1Length = v1.files.reduce((sum, file) => sum + file.lengthBytes, 0);
  if (!Number.isSafeInteger(v1Length))
    throw new Refusal('torrent-length', 'the files add up to over 2^53 bytes');
  const v1Hashes = readV1Hashes(info, v1Length, pieceLength);
  if (version === 'v1') return { ...common, ...v1, v1Hashes, v1Length };
  const tree = readFileTree(info, name, pieceLength);
  requireSameFiles(v1.files, tree.files);
  return { ...common, ...tree, v1Hashes, v1Length };
}

/** BEP 27 says 1; other numbers mean no less, and treating a private share as public cannot be undone. */
function isPrivate(info: BencodeDictionary): boolean {
  const value = info.get('private');
  return typeof value === 'bigint' || (typeof value === 'number' && value !== 0);
}

function readName(info: BencodeDictionary): string {
  const raw = field.bytes(info, 'name.utf-8') ?? field.bytes(info, 'name');
  if (raw === undefined) throw new Refusal('torrent-name', '"name" is missing (BEP 3)');
  return readPathElement(raw);
}

/**
 * One file or folder name, made fit to be one: never empty, `.` or `..`, and without `/` and NUL, so that it never
 * leaves its folder. Old programs wrote such names, and other clients read them; the info hash stays what it is. Names
 * that are merely awkward for some file system stay as they are here (storage/safe-path.ts).
 */
function readPathElement(raw: Bytes): string {
  const text = fromUtf8Lossy(raw).replace(/[/\0]/g, '_');
  return text === '' || text === '.' || text === '..' ? '_' : text;
}

function readPieceLength(info: BencodeDictionary, version: TorrentVersion): number {
  const length = field.count(info, 'piece length');
  if (length === undefined || length < 1 || length > MAX_PIECE_LENGTH) {
    throw new Refusal('torrent-piece-length', `"piece length" is missing or not in 1..${MAX_PIECE_LENGTH}`);
  }
  if (version !== 'v1' && (length < BLOCK_LENGTH || (length & (length - 1)) !== 0)) {
    throw new Refusal('torrent-piece-length', '"piece length" is not a power of two from 16 KiB (BEP 52)');
  }
  return length;
}

function readV1Hashes(info: BencodeDictionary, length: number, pieceLength: number): Uint8Array {
  const hashes = field.bytes(info, 'pieces');
  const count = Math.ceil(length / pieceLength);
  if (count > MAX_PIECES) throw new Refusal('torrent-pieces', `over ${MAX_PIECES} pieces`);
  if (hashes === undefined || hashes.length !== count * SHA1_LENGTH) {
    throw new Refusal('torrent-pieces', `"pieces" must hold ${count} hashes of 20 bytes (BEP 3)`);
  }
  return copyBytes(hashes);
}

type FileList = { readonly files: FileEntry[]; readonly isSingleFile: boolean };

function readV1Files(info: BencodeDictionary, name: string): FileList {
  const list = field.list(info, 'files');
  if (list === undefined) {
    const lengthBytes = field.count(info, 'length');
    if (lengthBytes === undefined)
      throw new Refusal('torrent-length', '"length" or "files" is missing (BEP 3)');
    return { files: [{ path: [name], lengthBytes, offset: 0, ...readAttributes(info) }], isSingleFile: true };
  }
  if (list.length === 0 || list.length > MAX_FILES)
    throw new Refusal('torrent-files', `not 1..${MAX_FILES} files`);
  const files: FileEntry[] = [];
  let offset = 0;
  for (const entry of list) {
    if (!(entry instanceof Map))
      throw new Refusal('torrent-files', 'a file entry is not a dictionary (BEP 3)');
    const attributes = readAttributes(entry);
    const lengthBytes =
      field.count(entry, 'length') ?? (attributes.symlinkTarget === undefined ? undefined : 0);
    if (lengthBytes === undefined) throw new Refusal('torrent-length', 'a file has no "length" (BEP 3)');
    const elements = field.list(entry, 'path.utf-8') ?? field.list(entry, 'path');
    // Some programs name no pad: it exists nowhere anyway.
    const path =
      attributes.isPad && elements === undefined ? ['.pad', String(lengthBytes)] : readPath(elements);
    files.push({ path, lengthBytes, offset, ...attributes });
    offset += lengthBytes;
  }
  return { files, isSingleFile: false };
}

function readPath(list: readonly unknown[] | undefined): string[] {
  if (list === undefined || list.length === 0)
    throw new Refusal('torrent-path', 'a file has no "path" (BEP 3)');
  if (list.length > MAX_PATH_DEPTH)
    throw new Refusal('torrent-path', `a path is over ${MAX_PATH_DEPTH} deep`);
  return list.map((element) => {
    if (!(element instanceof Uint8Array)) throw new Refusal('torrent-path', 'a path element is not a string');
    return readPathElement(element);
  });
}

function readAttributes(
  entry: BencodeDictionary,
): Pick<FileEntry, 'isPad' | 'isExecutable' | 'isHidden' | 'symlinkTarget'> {
  const attributes = field.text(entry, 'attr') ?? '';
  const target = attributes.includes('l') ? field.list(entry, 'symlink path') : undefined;
  return {
    isPad: attributes.includes('p'),
    isExecutable: attributes.includes('x'),
    isHidden: attributes.includes('h'),
    ...(target === undefined ? {} : { symlinkTarget: readLinkTarget(target) }),
  };
}

/** BEP 47 has no `.` and `..` in it: it is read from the share's folder downwards, and so are those that have. */
function readLinkTarget(list: readonly unknown[]): string[] {
  const isStep = (element: unknown): boolean =>
    element instanceof Uint8Array && /^\.{1,2}$/.test(fromUtf8Lossy(element));
  const steps = list.filter((element) => !isStep(element));
  // It led to the folder itself or out of it: now it leads nowhere.
  return steps.length === 0 ? ['_'] : readPath(steps);
}

function readFileTree(info: BencodeDictionary, name: string, pieceLength: number): FileList {
  const tree = field.dictionary(info, 'file tree');
  if (tree === undefined || tree.size === 0)
    throw new Refusal('torrent-file-tree', '"file tree" is missing (BEP 52)');
  const files: FileEntry[] = [];
  let offset = 0;
  const walk = (folder: BencodeDictionary, path: readonly string[]): void => {
    if (path.length > MAX_PATH_DEPTH)
      throw new Refusal('torrent-path', `a path is over ${MAX_PATH_DEPTH} deep`);
    for (const [key, node] of folder) {
      if (!(node instanceof Map))
        throw new Refusal('torrent-file-tree', 'an entry is not a dictionary (BEP 52)');
      const here = [...path, readPathElement(fromByteString(key))];
      const leaf = node.get('');
      if (leaf === undefined) {
        walk(node, here);
        continue;
      }
      if (!(leaf instanceof Map) || node.size !== 1) {
        throw new Refusal('torrent-file-tree', `${here.join('/')} is a file and a folder at once (BEP 52)`);
      }
      const file = readTreeFile(leaf, here, offset);
      files.push(file);
      if (files.length > MAX_FILES) throw new Refusal('torrent-files', `over ${MAX_FILES} files`);
      offset += Math.ceil(file.lengthBytes / pieceLength) * pieceLength;
      if (offset / pieceLength > MAX_PIECES) throw new Refusal('torrent-pieces', `over ${MAX_PIECES} pieces`);
    }
  };
  walk(tree, []);
  if (files.length === 0) throw new Refusal('torrent-files', 'the file tree holds no file');
  const isSingleFile = files.length === 1 && files[0]!.path.length === 1 && files[0]!.path[0] === name;
  return { files, isSingleFile };
}

function readTreeFile(leaf: BencodeDictionary, path: readonly string[], offset: number): FileEntry {
  const attributes = readAttributes(leaf);
  const lengthBytes = field.count(leaf, 'length') ?? (attributes.symlinkTarget === undefined ? undefined : 0);
  if (lengthBytes === undefined)
    throw new Refusal('torrent-length', `${path.join('/')} has no "length" (BEP 52)`);
  if (attributes.isPad) throw new Refusal('torrent-file-tree', 'a pad file stands in a file tree (BEP 52)');
  const piecesRoot = field.bytes(leaf, 'pieces root');
  if (lengthBytes > 0 && (piecesRoot?.length !== HASH_LENGTH || piecesRoot.every((byte) => byte === 0))) {
    throw new Refusal('torrent-pieces-root', `${path.join('/')} has no "pieces root" of 32 bytes (BEP 52)`);
  }
  return {
    path,
    lengthBytes,
    offset,
    ...attributes,
    ...(lengthBytes > 0 && piecesRoot !== undefined ? { piecesRoot: copyBytes(piecesRoot) } : {}),
  };
}

/** BEP 52, "Upgrade path": both halves must list the same files in the same order, the v1 half padded to pieces. */
function requireSameFiles(v1: readonly FileEntry[], v2: readonly FileEntry[]): void {
  let at = 0;
  for (const file of v1) {
    if (file.isPad) continue;
    const twin = v2[at++];
    if (twin === undefined)
      throw new Refusal('torrent-hybrid', 'the v1 half has more files than the v2 half (BEP 52)');
    const samePath =
      twin.path.length === file.path.length && twin.path.every((element, i) => element === file.path[i]);
    if (!samePath || twin.lengthBytes !== file.lengthBytes) {
      throw new Refusal('torrent-hybrid', `the halves differ at ${twin.path.join('/')} (BEP 52)`);
    }
    if (file.lengthBytes > 0 && file.offset !== twin.offset) {
      throw new Refusal(
        'torrent-hybrid',
        `${twin.path.join('/')} does not start at a piece in the v1 half (BEP 52)`,
      );
    }
  }
  if (at !== v2.length)
    throw new Refusal('torrent-hybrid', 'the v2 half has more files than the v1 half (BEP 52)');
}
