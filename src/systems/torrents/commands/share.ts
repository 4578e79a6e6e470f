/** `shoal share`: offers a file or folder until interrupted, or has the daemon offer it. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { commandLine, commandName } from '../../../cli/command-name.ts';
import { chosenVersion, type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { printable } from '../../../cli/terminal/format.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { collectGarbage } from '../../../ground/node/garbage.ts';
import { readTorrentFile } from '../share/link-source.ts';
import { openService } from './open-service.ts';
import { waysOf } from './reach-daemon.ts';
import type { OfferRequest, ServedShare, ShareService } from './share-service.ts';
import { showShare } from './share-view.ts';
import { TroubleReporter } from './troubles.ts';

export interface ShareCommandOptions extends CommonOptions {
  readonly dir?: string;
  readonly tracker?: readonly string[];
  readonly v1?: boolean;
  readonly v2?: boolean;
  readonly pieceLength?: number;
  readonly private?: boolean;
  readonly superSeed?: boolean;
}

export async function runShare(path: string, options: ShareCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      const request = requestOf(path, options, output, signal);
      const service = await openService(options, output, signal);
      try {
        const share = await service.offer(request).catch((error: unknown) => explain(error, request));
        announceReady(output, service, share);
        if (!service.isDaemon) setImmediate(collectGarbage);
        // The daemon goes on with it.
        if (service.isDaemon) for (const line of await share.release(false)) output.info(line);
        else await showUntilStopped(share, output, signal);
      } finally {
        await service.close();
      }
      return EXIT.done;
    },
    () => 'stopped sharing; the same command goes on without reading the data again',
  );
}

const isTorrentFile = (path: string): boolean => path.toLowerCase().endsWith('.torrent');

/** @throws ShoalError bad-argument */
function requestOf(
  path: string,
  options: ShareCommandOptions,
  output: Output,
  signal: AbortSignal,
): OfferRequest {
  const isTorrent = isTorrentFile(path);
  if (!isTorrent && options.dir !== undefined)
    throw new ShoalError('bad-argument', '--dir goes with a torrent file');
  return {
    path,
    dataFolder: isTorrent ? (options.dir ?? dirname(path)) : undefined,
    version: chosenVersion(options),
    pieceLength: options.pieceLength,
    trackers: (options.tracker ?? []).flatMap((tier) => tier.split(',')),
    isPrivate: options.private === true,
    isSuperSeeding: options.superSeed === true,
    uploadLimit: options.limitUp,
    ...waysOf(options),
    signal,
    onProgress: (done, total) => output.hashing('hashing', done, total),
    onWarning: (text) => output.info(text),
    onDetail: (text) => output.detail(text),
  };
}

/** What is missing of a torrent can be fetched, on the command line. */
async function explain(error: unknown, { path, dataFolder }: OfferRequest): Promise<never> {
  if (!(error instanceof ShoalError) || error.code !== 'data-mismatch' || dataFolder === undefined)
    throw error;
  const { name } = (await readTorrentFile(path)).info;
  const dir = resolve(dataFolder);
  // The folder of the torrent itself may have been named.
  const folder = existsSync(join(dir, name)) ? dir : dirname(dir);
  const advice = `fetch the rest with: ${commandName()} get '${printable(path)}' -o '${printable(folder)}'`;
  throw new ShoalError(error.code, `${error.message}; ${advice}`, error);
}

function announceReady(output: Output, { port }: ShareService, share: ServedShare): void {
  const { magnet, torrent, infoHashV1, infoHashV2 } = share.links();
  const { number, isNew, name } = share;
  output.event('ready', {
    magnet,
    torrent,
    infoHashV1: infoHashV1 ?? null,
    infoHashV2: infoHashV2 ?? null,
    port,
    share: number ?? null,
  });
  output.info(`sharing ${printable(name)} on port ${port}; torrent file: ${printable(torrent)}`);
  if (number !== undefined) {
    const verb = isNew ? 'shares it' : 'shares it already';
    output.info(`the daemon ${verb}, as share ${number}, until: ${commandLine(`remove ${number}`)}`);
  }
  output.info('anyone who can reach this machine fetches it with:');
  output.result(`${commandName()} get '${magnet}'`);
}

async function showUntilStopped(share: ServedShare, output: Output, signal: AbortSignal): Promise<void> {
  const troubles = new TroubleReporter(output);
  const options = { intervalMs: output.intervalMs, hasMap: output.isLive, signal };
  for await (const report of share.watch(options)) {
    showShare(output, report);
    troubles.report(report);
  }
}
