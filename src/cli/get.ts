/** `shoal get`: fetches what a link names. */
import { matchesGlob } from 'node:path';
import type { Metainfo } from '../content/metainfo.ts';
import type { Address } from '../ground/address.ts';
import { ShoalError } from '../ground/errors.ts';
import { resolvePeers } from '../peer/resolve-peers.ts';
import type { Share } from '../peer/share.ts';
import type { ShareResult, ShareStatus } from '../peer/status.ts';
import { getByPeer, reachPeer } from './join.ts';
import { withLinkHint } from './link-hint.ts';
import { type CommonOptions, createOutput, openPeer } from './options.ts';
import type { Output } from './output.ts';
import { EXIT, runCommand } from './run.ts';
import { TroubleReporter } from './troubles.ts';
import { formatBytes, formatDuration, formatRate, printable } from './terminal/format.ts';

export interface GetCommandOptions extends CommonOptions {
  readonly output?: string;
  readonly select?: readonly string[];
  readonly sequential?: boolean;
  readonly peer?: readonly Address[];
  readonly tracker?: readonly string[];
  readonly seedTime?: number;
  readonly seedRatio?: number;
  readonly timeout?: number;
}

export async function runGet(link: string, options: GetCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      const { peer: peers, tracker, seedTime, seedRatio, timeout } = options;
      const running = await reachPeer(options, [peers, tracker, seedTime, seedRatio, timeout]);
      if (running !== undefined) {
        await withLinkHint(link, () => getByPeer(running, link, options, output, signal));
        return EXIT.done;
      }
      const peer = await openPeer(options, output);
      try {
        const peersOfOptions = await resolvePeers(options.peer ?? []);
        const share = await withLinkHint(link, () =>
          peer.get(link, {
            outputDir: options.output ?? '.',
            peers: peersOfOptions,
            trackers: (options.tracker ?? []).flatMap((tier) => tier.split(',')),
            isSequential: options.sequential === true,
            signal,
            ...(options.select === undefined ? {} : { select: selectFiles(options.select) }),
          }),
        );
        share.onNotice = (message) => output.detail(message);
        if (
          share.status().trackers.length === 0 &&
          share.status().known === 0 &&
          share.phase !== 'seeding' &&
          share.webSeedCount === 0 &&
          peer.dht === undefined
        ) {
          output.info(
            'the link names no tracker and no peer, and the DHT is off: waiting for somebody to connect (add --peer or --tracker)',
          );
        }
        const result = await fetchAll(share, options, output, signal);
        await seedAfterwards(share, result, options, output, signal);
        report(share, result, output);
      } finally {
        await peer.close();
      }
      return EXIT.done;
    },
    () => 'stopped; what came is kept, the same command goes on where this one ended',
  );
}

/** BEP 53's sibling for people: globs over the path of each file, or its name alone. */
function selectFiles(globs: readonly string[]): (metainfo: Metainfo) => ReadonlySet<number> {
  return ({ info }) => {
    const wanted = new Set<number>();
    for (const [index, file] of info.files.entries()) {
      const path = file.path.join('/');
      const name = file.path[file.path.length - 1]!;
      if (!file.isPad && globs.some((glob) => matchesGlob(path, glob) || matchesGlob(name, glob)))
        wanted.add(index);
    }
    if (wanted.size === 0) {
      throw new ShoalError(
        'bad-argument',
        `--select matches none of the ${info.files.length} files (see: shoal inspect)`,
      );
    }
    return wanted;
  };
}

/** Shows progress until all is here. */
async function fetchAll(
  share: Share,
  options: GetCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ShareResult> {
  const troubles = new TroubleReporter(output);
  let best = -1;
  let newsAt = performance.now();
  for await (const status of share.progress({ intervalMs: output.intervalMs, signal })) {
    output.event('progress', progressFields(status));
    output.share(status, share.pieceMap());
    troubles.report(status);
    if (status.phase === 'seeding' || status.phase === 'failed') break;
    const amount = status.downloadedBytes + status.doneBytes + (status.phase === 'metadata' ? 0 : 1);
    if (amount > best || status.phase === 'paused') [best, newsAt] = [amount, performance.now()];
    if (options.timeout !== undefined && performance.now() - newsAt >= options.timeout * 1000) {
      const what =
        status.known === 0 ? 'no peer was found' : `none of ${status.known} known peers sent anything`;
      throw new ShoalError('nothing-found', `${what} within ${options.timeout} s${troubleOf(status)}`);
    }
  }
  if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
  return share.done;
}

function troubleOf(status: ShareStatus): string {
  const failed = status.trackers.filter(
    (tracker) => tracker.state === 'failed' && tracker.message !== undefined,
  );
  const troubles = failed.map((tracker) => tracker.message);
  if (status.dht?.isReady === false) troubles.push('no DHT node answered, see: shoal dht status');
  return troubles.length === 0 ? '' : ` (${troubles.join('; ')})`;
}

function progressFields(status: ShareStatus): object {
  const {
    phase,
    name,
    totalBytes,
    doneBytes,
    downloadRate,
    uploadRate,
    downloadedBytes,
    uploadedBytes,
    peers,
    seeds,
  } = status;
  return {
    phase,
    name,
    totalBytes,
    doneBytes,
    downloadRate: Math.round(downloadRate),
    uploadRate: Math.round(uploadRate),
    downloadedBytes,
    uploadedBytes,
    peers,
    seeds,
    secondsLeft: status.secondsLeft === undefined ? null : Math.round(status.secondsLeft),
  };
}

async function seedAfterwards(
  share: Share,
  result: ShareResult,
  options: GetCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { seedTime, seedRatio } = options;
  if (seedTime === undefined && seedRatio === undefined) return;
  output.event('complete', { path: result.path, size: result.size, seconds: result.seconds });
  const until = seedTime === undefined ? Number.POSITIVE_INFINITY : performance.now() + seedTime * 1000;
  const enough = seedRatio === undefined ? Number.POSITIVE_INFINITY : seedRatio * result.size;
  for await (const status of share.progress({ intervalMs: output.intervalMs, signal })) {
    output.event('progress', progressFields(status));
    output.share(status, share.pieceMap());
    if (performance.now() >= until || status.uploadedBytes >= enough || signal.aborted) return;
  }
}

function report(share: Share, result: ShareResult, output: Output): void {
  const { uploadedBytes } = share.status();
  output.event('done', {
    path: result.path,
    size: result.size,
    seconds: Number(result.seconds.toFixed(3)),
    downloadBytes: result.downloadBytes,
    uploadBytes: uploadedBytes,
  });
  const rate = formatRate(result.downloadBytes / Math.max(result.seconds, 0.001));
  output.info(
    `${formatBytes(result.size)} in ${formatDuration(result.seconds)} (${rate}), every byte verified`,
  );
  output.result(printable(result.path));
}
