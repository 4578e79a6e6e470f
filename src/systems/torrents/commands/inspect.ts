/** `shoal inspect`: everything in a torrent or magnet link, as a table and a tree. */
import type { Magnet } from '../../../data/content/magnet.ts';
import type { FileEntry, Metainfo } from '../../../data/content/metainfo.ts';
import { Geometry } from '../../../data/content/geometry.ts';
import { addressKey } from '../../../ground/address.ts';
import { toHex } from '../../../ground/bytes.ts';
import { magnetOf } from './create.ts';
import { readTypedLink } from './link.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { GLYPHS } from '../../../cli/terminal/glyphs.ts';
import { formatBytes, mixedScripts, printable } from '../../../cli/terminal/format.ts';

export async function runInspect(link: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const source = await readTypedLink(link, options, signal);
    const described =
      'metainfo' in source ? describeMetainfo(source.metainfo) : describeMagnet(source.magnet);
    if (output.isJson) process.stdout.write(`${JSON.stringify(described)}\n`);
    else {
      for (const [label, value] of rowsOf(described))
        output.result(`${label.padEnd(14)} ${printable(value)}`);
      if ('metainfo' in source) for (const line of renderTree(source.metainfo)) output.result(line);
    }
    return EXIT.done;
  });
}

type Described = Readonly<Record<string, unknown>>;

function describeMetainfo(metainfo: Metainfo): Described {
  const { info } = metainfo;
  const geometry = new Geometry(info);
  return {
    name: info.name,
    version: info.version,
    infoHashV1: metainfo.infoHashV1 === undefined ? null : toHex(metainfo.infoHashV1),
    infoHashV2: metainfo.infoHashV2 === undefined ? null : toHex(metainfo.infoHashV2),
    size: geometry.dataLength,
    pieceLength: info.pieceLength,
    pieces: geometry.pieceCount,
    private: info.isPrivate,
    source: info.source ?? null,
    comment: metainfo.comment ?? null,
    createdBy: metainfo.createdBy ?? null,
    created: metainfo.creationDate === undefined ? null : dateOf(metainfo.creationDate),
    trackers: metainfo.trackers,
    webSeeds: metainfo.webSeeds,
    magnet: magnetOf(metainfo),
    notices: metainfo.notices ?? [],
    files: info.files.map((file) => ({
      path: file.path.join('/'),
      size: file.lengthBytes,
      ...(file.isPad ? { pad: true } : {}),
      ...(file.isExecutable ? { executable: true } : {}),
      ...(file.isHidden ? { hidden: true } : {}),
      ...(file.symlinkTarget === undefined ? {} : { symlink: file.symlinkTarget.join('/') }),
      ...(file.piecesRoot === undefined ? {} : { piecesRoot: toHex(file.piecesRoot) }),
    })),
  };
}

/** Undated rather than a crash for seconds that no calendar has. */
function dateOf(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function describeMagnet(magnet: Magnet): Described {
  return {
    name: magnet.name ?? null,
    infoHashV1: magnet.infoHashV1 === undefined ? null : toHex(magnet.infoHashV1),
    infoHashV2: magnet.infoHashV2 === undefined ? null : toHex(magnet.infoHashV2),
    trackers: magnet.trackers.map((url) => [url]),
    webSeeds: magnet.webSeeds,
    peers: magnet.peers.map(addressKey),
    selectOnly: magnet.selectOnly ?? null,
    notices: magnet.notices ?? [],
  };
}

const LABELS: Readonly<Record<string, string>> = {
  name: 'name',
  version: 'version',
  infoHashV1: 'info hash v1',
  infoHashV2: 'info hash v2',
  size: 'size',
  pieceLength: 'piece length',
  pieces: 'pieces',
  private: 'private',
  source: 'source',
  comment: 'comment',
  createdBy: 'created by',
  created: 'created',
  trackers: 'tracker',
  webSeeds: 'web seed',
  peers: 'peer',
  selectOnly: 'select only',
  notices: 'notice',
};

function rowsOf(described: Described): [string, string][] {
  const rows: [string, string][] = [];
  for (const [key, label] of Object.entries(LABELS)) {
    const value = described[key];
    if (value === undefined || value === null || value === false) continue;
    if (key === 'size' || key === 'pieceLength')
      rows.push([label, `${formatBytes(value as number)} (${value as number} bytes)`]);
    else if (key === 'notices') {
      for (const { message } of value as { message: string }[]) rows.push([label, message]);
    } else if (key === 'trackers')
      for (const tier of value as string[][]) rows.push([label, tier.join(', ')]);
    else if (Array.isArray(value)) for (const item of value as unknown[]) rows.push([label, String(item)]);
    else rows.push([label, value === true ? 'yes' : String(value)]);
  }
  return rows;
}

/** Printable, with a warning where similar letters of several scripts are mixed. */
function shown(name: string): string {
  const scripts = mixedScripts(name);
  return printable(name) + (scripts.length === 0 ? '' : ` [mixes ${scripts.join(' and ')} letters]`);
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: { readonly name: string; readonly entry: FileEntry }[];
}

function renderTree(metainfo: Metainfo): string[] {
  const root: Folder = { folders: new Map(), files: [] };
  for (const entry of metainfo.info.files) {
    if (entry.isPad) continue;
    let folder = root;
    for (const element of entry.path.slice(0, -1)) {
      let next = folder.folders.get(element);
      if (next === undefined) {
        next = { folders: new Map(), files: [] };
        folder.folders.set(element, next);
      }
      folder = next;
    }
    folder.files.push({ name: entry.path[entry.path.length - 1]!, entry });
  }
  const heading = metainfo.info.isSingleFile ? [] : [`${shown(metainfo.info.name)}/`];
  return ['', ...heading, ...renderFolder(root, '')];
}

function renderFolder(folder: Folder, indent: string): string[] {
  const lines: string[] = [];
  const count = folder.folders.size + folder.files.length;
  let at = 0;
  for (const [name, below] of folder.folders) {
    const isLast = ++at === count;
    lines.push(`${indent}${isLast ? GLYPHS.lastBranch : GLYPHS.branch} ${shown(name)}/`);
    lines.push(...renderFolder(below, `${indent}${isLast ? '   ' : `${GLYPHS.trunk} `}`));
  }
  for (const { name, entry } of folder.files) {
    const isLast = ++at === count;
    const mark = entry.isExecutable ? '*' : '';
    const target =
      entry.symlinkTarget === undefined
        ? ` (${formatBytes(entry.lengthBytes)})`
        : ` ${GLYPHS.target} ${printable(entry.symlinkTarget.join('/'))}`;
    lines.push(`${indent}${isLast ? GLYPHS.lastBranch : GLYPHS.branch} ${shown(name)}${mark}${target}`);
  }
  return lines;
}
