/**
 * Reads a list in the forms in which servers offer it: plain, in gzip, or as the first file of a zip archive. The first
 * bytes tell which, whatever the name says. A list that denies nothing is refused: it would protect from nothing without a
 * word.
 */
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, inflateRaw } from 'node:zlib';
import { formatCount } from '../../../ground/count.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { kindOf, type ReadList, readList } from '../core/read-list.ts';
import type { YamlParser } from '../wire/deny-list.ts';

/** The largest lists have 60 MB: a million hashes with a reason each. */
export const MAX_LIST_BYTES: number = 128 * 1024 * 1024;
/** Aliases make a small header a large one. */
const MAX_YAML_ALIASES = 0;

export interface ListFile extends ReadList {
  /** The list, unpacked. */
  readonly text: Uint8Array;
}

/** First bytes of what is not unpacked here. */
const OTHER_PACKERS: readonly (readonly [string, string])[] = [
  ['BZh', 'bzip2'],
  ['\xfd7zXZ', 'xz'],
  ['7z\xbc\xaf', '7z'],
  ['Rar!', 'rar'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
];

/** @param from what the list is called in messages @throws ShoalError bad-argument */
export async function readListFile(bytes: Uint8Array, from: string): Promise<ListFile> {
  const text = await unpack(bytes, from);
  const start = latin1(text.subarray(0, 1024)).trimStart().toLowerCase();
  if (start.startsWith('<!doctype') || start.startsWith('<html'))
    throw new ShoalError('bad-argument', `${from} is a web page, not a list`);
  const read = await readText(text, from);
  if (read.list.size > 0) return { ...read, text };
  const { problemCount, problems } = read;
  const why =
    problemCount === 0
      ? 'it has no lines but comments'
      : problemCount === 1
        ? 'its one line cannot be read'
        : `none of its ${formatCount(problemCount, 'line')} can be read`;
  const first = problems[0] === undefined ? '' : `; line ${problems[0].line}: ${problems[0].message}`;
  throw new ShoalError('bad-argument', `${from} denies nothing: ${why}${first}`);
}

/** Whatever else the process does goes on meanwhile. @throws ShoalError bad-argument */
export async function readText(text: Uint8Array, from: string): Promise<ReadList> {
  const kind = kindOf(text);
  // Other lists have no header: the parser is loaded for those that may.
  const parseYaml = kind === 'deny' ? await loadYaml() : () => undefined;
  const steps = readList(text, { kind, parseYaml });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) {
      if (value.ok) return value.value;
      throw ShoalError.fromMalformed('bad-argument', from, value.error);
    }
    await setImmediate();
  }
}

async function loadYaml(): Promise<YamlParser> {
  const { parse } = await import('yaml');
  return (text) => parse(text, { maxAliasCount: MAX_YAML_ALIASES, logLevel: 'silent' });
}

async function unpack(bytes: Uint8Array, from: string): Promise<Uint8Array> {
  if (bytes.length > MAX_LIST_BYTES) throw tooLarge(from);
  const start = latin1(bytes.subarray(0, 8));
  const packer = OTHER_PACKERS.find(([magic]) => start.startsWith(magic))?.[1];
  if (packer !== undefined)
    throw new ShoalError(
      'bad-argument',
      `${from} is packed with ${packer}: unpack it first (gzip and zip are read)`,
    );
  try {
    const bounds = { maxOutputLength: MAX_LIST_BYTES };
    if (start.startsWith('\x1f\x8b')) return await promisify(gunzip)(bytes, bounds);
    if (start.startsWith('PK\x03\x04')) return await unzip(bytes, bounds);
    return bytes;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(from);
    const why = (error as Error).message;
    throw new ShoalError('bad-argument', `${from} is packed, and cannot be unpacked: ${why}`, error);
  }
}

/** The local header of a file in a zip archive (APPNOTE.TXT 4.3.7), and what lies behind it. */
const ZIP_HEADER = 30;
const STORED = 0;
const DEFLATED = 8;

async function unzip(bytes: Uint8Array, bounds: { readonly maxOutputLength: number }): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < ZIP_HEADER) throw new Error('it is cut off');
  const method = view.getUint16(8, true);
  const start = ZIP_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  const data = bytes.subarray(start);
  if ((view.getUint16(6, true) & 1) !== 0) throw new Error('it wants a password');
  if (method === STORED) return data.subarray(0, view.getUint32(18, true));
  // Deflated data ends by itself: its length may stand behind it (4.4.4, bit 3).
  if (method === DEFLATED) return promisify(inflateRaw)(data, bounds);
  throw new Error(`method ${method} of zip archives is not known here`);
}

export const tooLarge = (from: string): ShoalError =>
  new ShoalError('bad-argument', `${from} is over ${MAX_LIST_BYTES / 1024 / 1024} MiB: that is no list`);

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
