/** `shoal create`: makes a torrent file. */
import { formatCount } from '../../../ground/count.ts';
import { rename, stat, readFile, writeFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { formatMagnet } from '../../../data/content/magnet.ts';
import { decodeMetainfo, encodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { createMetainfo } from '../../../data/content/node/create.ts';
import { toHex } from '../../../ground/bytes.ts';
import { fromSystemError, ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { USER_AGENT } from '../../../ground/version.ts';
import { chosenVersion, type CommonOptions, createOutput } from '../../../cli/options.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';

export interface CreateCommandOptions extends CommonOptions {
  readonly output?: string;
  readonly v1?: boolean;
  readonly v2?: boolean;
  readonly pieceLength?: number;
  readonly tracker?: readonly string[];
  readonly webSeed?: readonly string[];
  readonly private?: boolean;
  readonly comment?: string;
  readonly source?: string;
}

export async function runCreate(path: string, options: CreateCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const started = performance.now();
    const { metainfo, scan } = await createMetainfo(path, {
      version: chosenVersion(options),
      trackers: (options.tracker ?? []).map((tier) => tier.split(',')),
      webSeeds: options.webSeed ?? [],
      dhtNodes: options.dhtNode ?? [],
      isPrivate: options.private === true,
      createdBy: USER_AGENT,
      creationDate: Math.floor(Date.now() / 1000),
      signal,
      onProgress: (done, total) => output.hashing('hashing', done, total),
      ...(options.pieceLength === undefined ? {} : { pieceLength: options.pieceLength }),
      ...(options.comment === undefined ? {} : { comment: options.comment }),
      ...(options.source === undefined ? {} : { source: options.source }),
    });
    for (const skipped of scan.skipped)
      output.info(`left out, because it is neither a file nor a folder: ${printable(skipped)}`);
    const torrent = await placeOf(options.output, metainfo.info.name);
    await writeTorrent(torrent, metainfo);
    const described = describe(metainfo, torrent);
    const seconds = (performance.now() - started) / 1000;
    output.event('created', { ...described, seconds });
    output.info(
      `${printable(metainfo.info.name)}: ${formatCount(described.files, 'file')}, ${formatBytes(described.size)}, ${seconds.toFixed(1)} s`,
    );
    output.result(printable(torrent));
    output.result(described.magnet);
    return EXIT.done;
  });
}

export function describe(
  metainfo: Metainfo,
  torrent: string,
): {
  readonly name: string;
  readonly torrent: string;
  readonly magnet: string;
  readonly infoHashV1: string | null;
  readonly infoHashV2: string | null;
  readonly size: number;
  readonly files: number;
  readonly pieceLength: number;
} {
  const { info, infoHashV1, infoHashV2 } = metainfo;
  const real = info.files.filter((file) => !file.isPad);
  return {
    name: info.name,
    torrent,
    magnet: magnetOf(metainfo),
    infoHashV1: infoHashV1 === undefined ? null : toHex(infoHashV1),
    infoHashV2: infoHashV2 === undefined ? null : toHex(infoHashV2),
    size: real.reduce((sum, file) => sum + file.lengthBytes, 0),
    files: real.length,
    pieceLength: info.pieceLength,
  };
}

export function magnetOf(metainfo: Metainfo): string {
  const { infoHashV1, infoHashV2 } = metainfo;
  return formatMagnet({
    ...(infoHashV1 === undefined ? {} : { infoHashV1 }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    name: metainfo.info.name,
    trackers: metainfo.trackers.flat(),
    webSeeds: metainfo.webSeeds,
    peers: [],
  });
}

async function placeOf(output: string | undefined, name: string): Promise<string> {
  const file = `${name}.torrent`;
  if (output === undefined) return resolve(file);
  const isFolder = (await stat(output).catch(() => undefined))?.isDirectory() === true;
  return isFolder ? resolve(join(output, file)) : resolve(output);
}

/** Writes the file whole or not at all; an existing file is replaced only if it is a torrent file. */
async function writeTorrent(path: string, metainfo: Metainfo): Promise<void> {
  const before = await readFile(path).catch(() => undefined);
  if (before !== undefined && !decodeMetainfo(before, nodeHasher).ok) {
    throw new ShoalError('name-conflict', `${path} exists and is no torrent: choose another name with -o`);
  }
  const part = `${path}.part`;
  try {
    await writeFile(part, encodeMetainfo(metainfo));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw fromSystemError(`cannot write ${path}`, error);
  }
}
