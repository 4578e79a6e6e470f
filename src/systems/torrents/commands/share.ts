/** `shoal share`: offers a file or folder until interrupted. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { readTorrentFile } from '../share/link-source.ts';
import type { SharePathOptions } from '../share/options.ts';
import type { ShoalPeer } from '../share/peer.ts';
import type { Share } from '../share/share.ts';
import { commandName } from '../../../cli/command-name.ts';
import { chosenVersion, type CommonOptions, createOutput } from '../../../cli/options.ts';
import { openPeer } from './open-peer.ts';
import type { Output } from '../../../cli/output.ts';
import { TroubleReporter } from './troubles.ts';
import { reachDaemon, shareByDaemon } from './join.ts';
import { showShare } from './share-view.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { printable } from '../../../cli/terminal/format.ts';

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
      const own = {
        '--tracker': options.tracker,
        '--dir': options.dir,
        '--piece-length': options.pieceLength,
        '--limit-up': options.limitUp,
        '--private': options.private,
        '--super-seed': options.superSeed,
        '--v1': options.v1,
        '--v2': options.v2,
        'a torrent file': isTorrentFile(path),
      };
      const running = await reachDaemon(options, own, signal);
      if (running !== undefined) {
        await shareByDaemon(running, path, output);
        return EXIT.done;
      }
      const peer = await openPeer(options, output);
      try {
        const share = await openShare(peer, path, options, output, signal);
        share.onNotice = (message) => output.detail(message);
        const torrent = share.torrentPath;
        announceReady(output, peer, share, torrent);
        const troubles = new TroubleReporter(output);
        for await (const status of share.progress({ intervalMs: output.intervalMs, signal })) {
          showShare(output, status, share.pieceMap());
          troubles.report(status);
          if (status.phase === 'failed') await share.done;
        }
        await share.done.catch((error: unknown) => {
          if (share.phase === 'failed') throw error;
        });
      } finally {
        await peer.close();
      }
      return EXIT.done;
    },
    () => 'stopped sharing; the same command goes on without reading the data again',
  );
}

const isTorrentFile = (path: string): boolean => path.toLowerCase().endsWith('.torrent');

async function openShare(
  peer: ShoalPeer,
  path: string,
  options: ShareCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Share> {
  const settings: SharePathOptions = {
    version: chosenVersion(options),
    trackers: (options.tracker ?? []).flatMap((tier) => tier.split(',')),
    isPrivate: options.private === true,
    isSuperSeeding: options.superSeed === true,
    signal,
    onProgress: (done, total) => output.hashing('hashing', done, total),
    ...(options.pieceLength === undefined ? {} : { pieceLength: options.pieceLength }),
  };
  if (!isTorrentFile(path)) {
    if (options.dir !== undefined) throw new ShoalError('bad-argument', '--dir goes with a torrent file');
    return peer.share(path, settings);
  }
  const metainfo = await readTorrentFile(path);
  const dir = options.dir ?? dirname(path);
  return peer.seed(metainfo, dir, settings).catch((error: unknown) => {
    throw withAdvice(error, path, resolve(dir), metainfo.info.name);
  });
}

/** What is missing can be fetched, on the command line. */
function withAdvice(error: unknown, torrent: string, dir: string, name: string): unknown {
  if (!(error instanceof ShoalError) || error.code !== 'data-mismatch') return error;
  // The folder of the torrent itself may have been named.
  const folder = existsSync(join(dir, name)) ? dir : dirname(dir);
  const advice = `fetch the rest with: ${commandName()} get '${printable(torrent)}' -o '${printable(folder)}'`;
  return new ShoalError(error.code, `${error.message}; ${advice}`, error);
}

function announceReady(output: Output, peer: ShoalPeer, share: Share, torrent: string): void {
  const magnet = share.magnet(peer.ownAddresses());
  output.event('ready', {
    magnet,
    torrent,
    infoHashV1: share.infoHashV1 === undefined ? null : toHex(share.infoHashV1),
    infoHashV2: share.infoHashV2 === undefined ? null : toHex(share.infoHashV2),
    port: peer.port,
  });
  output.info(`sharing ${printable(share.name)} on port ${peer.port}; torrent file: ${printable(torrent)}`);
  output.info('anyone who can reach this machine fetches it with:');
  output.result(`${commandName()} get '${magnet}'`);
}
