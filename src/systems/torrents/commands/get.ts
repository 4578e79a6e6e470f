/** `shoal get`: fetches what a link names. */
import { formatCount } from '../../../ground/count.ts';
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Metainfo } from '../../../data/content/metainfo.ts';
import { type Address, createAddress } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeDisk } from '../../../ground/node/disk.ts';
import type { ShoalPeer } from '../share/peer.ts';
import { resolvePeers } from '../../../net/link/node/resolve-peers.ts';
import { reuseData } from '../share/reuse.ts';
import type { Share } from '../share/share.ts';
import { searchTroubleOf, type ShareResult, type ShareStatus, webSeedTroubleOf } from '../share/status.ts';
import { chooseFiles } from '../roster/choose-files.ts';
import { locate } from '../../../data/storage/node/find-paths.ts';
import type { ShareFiles } from '../../../data/storage/node/share-files.ts';
import { FolderProbe } from '../roster/folder-probe.ts';
import { commandName } from '../../../cli/command-name.ts';
import { type DaemonCopy, type DaemonWork, getByDaemon, reachDaemon } from './join.ts';
import { checkQuoting } from './link.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { openPeer } from './open-peer.ts';
import type { Output } from '../../../cli/output.ts';
import { showShare } from './share-view.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { TroubleReporter } from './troubles.ts';
import { formatBytes, formatDuration, formatRate, printable } from '../../../cli/terminal/format.ts';

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
  const daemonWork: DaemonWork = { share: undefined };
  await runCommand(
    output,
    async (signal) => {
      checkQuoting(link);
      const { peer: peers, tracker, seedTime, seedRatio, timeout } = options;
      const own = {
        '--peer': peers,
        '--tracker': tracker,
        '--seed-time': seedTime,
        '--seed-ratio': seedRatio,
        '--timeout': timeout,
      };
      const running = await reachDaemon(options, own, signal);
      const copy =
        running === undefined
          ? undefined
          : await getByDaemon(running, link, options, { output, signal, work: daemonWork });
      daemonWork.share = undefined;
      if (running === undefined || copy !== undefined) await getHere(link, options, output, signal, copy);
      return EXIT.done;
    },
    () => hintOf(daemonWork),
  );
}

/** Said after Ctrl-C. */
function hintOf({ share }: DaemonWork): string {
  if (share === undefined) return 'stopped; what came is kept, the same command goes on where this one ended';
  return `the daemon goes on with it, as share ${share}; stop it with: ${commandName()} pause ${share}`;
}

/** Fetches by a peer of its own. @param copy data of the daemon, which is copied rather than fetched */
async function getHere(
  link: string,
  options: GetCommandOptions,
  output: Output,
  signal: AbortSignal,
  copy?: DaemonCopy,
): Promise<void> {
  if (copy !== undefined) {
    const to = printable(resolve(options.output ?? '.'));
    output.info(`it lies in ${printable(copy.folder)}: copying it to ${to}`);
  }
  await new FolderProbe().reach(resolve(options.output ?? '.'), { signal });
  const peer = await openPeer(options, output, copy !== undefined);
  try {
    const { select } = options;
    let copiedBytes = 0;
    const daemon = copy === undefined ? [] : [createAddress('127.0.0.1', copy.peerPort)!];
    const share = await peer.get(link, {
      outputDir: options.output ?? '.',
      peers: [...daemon, ...(await resolvePeers(options.peer ?? []))],
      trackers: (options.tracker ?? []).flatMap((tier) => tier.split(',')),
      isSequential: options.sequential === true,
      signal,
      onWarning: (message) => output.info(message),
      ...(select === undefined ? {} : { select: (metainfo: Metainfo) => chooseFiles(metainfo, select) }),
      ...(copy === undefined
        ? {}
        : {
            prepare: async (metainfo, files) => {
              copiedBytes = await copyData(peer, metainfo, files, copy, signal);
            },
          }),
    });
    share.onNotice = (message) => output.detail(message);
    if (isAlone(share, peer)) {
      output.info(
        'the link names no tracker and no peer, and the DHT is off: waiting for somebody to connect (add --peer or --tracker)',
      );
    }
    const result = await fetchAll(share, options, output, signal);
    await seedAfterwards(share, result, options, output, signal);
    report(share, result, output, copiedBytes > 0 ? copy : undefined);
  } catch (error) {
    throw withAdvice(error);
  } finally {
    await peer.close();
  }
}

/** What the options of this command can do about it. */
function withAdvice(error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.shortage === undefined) return error;
  const advice = 'make room, choose another folder with -o, or fewer files with --select';
  return new ShoalError(error.code, `${error.message}: ${advice}`, error);
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function isAlone(share: Share, peer: ShoalPeer): boolean {
  const { trackers, known } = share.status();
  const hasSomebody = trackers.length > 0 || known > 0 || share.webSeedCount > 0;
  return !hasSomebody && share.phase !== 'seeding' && peer.dht === undefined;
}

/**
 * What the daemon has in another folder. The share hashes the copy, and fetches what cannot be copied.
 * @returns bytes that were copied
 */
async function copyData(
  peer: ShoalPeer,
  metainfo: Metainfo,
  files: ShareFiles,
  { folder }: DaemonCopy,
  signal: AbortSignal,
): Promise<number> {
  const source = await locate(nodeDisk, metainfo.info, folder).catch(() => undefined);
  if (source === undefined) return 0;
  const isFree = async (file: number): Promise<boolean> => {
    const paths = [files.currentPath(file), files.finalPath(file)];
    if (!files.isWanted(file) || paths.includes(undefined)) return false;
    return (await Promise.all(paths.map((path) => exists(path!)))).every((isThere) => !isThere);
  };
  // What is there already is checked, not replaced.
  const diskPaths = await Promise.all(
    source.diskPaths.map(async (path, file) => ((await isFree(file)) ? path : undefined)),
  );
  const before = { metainfo, files: peer.filesInPlace(metainfo, diskPaths) };
  return reuseData(before, { metainfo, files }, signal);
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
    showShare(output, status, share.pieceMap());
    troubles.report(status);
    if (status.phase === 'seeding' || status.phase === 'failed') break;
    const amount = status.downloadedBytes + status.doneBytes + (status.phase === 'metadata' ? 0 : 1);
    if (amount > best || status.phase === 'paused') [best, newsAt] = [amount, performance.now()];
    if (options.timeout !== undefined && performance.now() - newsAt >= options.timeout * 1000) {
      const what = describeSilence(status.known);
      const trouble = troubleOf(status);
      throw new ShoalError('nothing-found', `${what} within ${options.timeout} s${trouble}`);
    }
  }
  if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
  return share.done;
}

function describeSilence(known: number): string {
  if (known === 0) return 'no peer was found';
  return known === 1
    ? 'the one known peer sent nothing'
    : `none of ${formatCount(known, 'known peer')} sent anything`;
}

function troubleOf(status: ShareStatus): string {
  const failed = status.trackers.filter(
    (tracker) => tracker.state === 'failed' && tracker.message !== undefined,
  );
  const troubles = failed.map((tracker) => tracker.message);
  if (status.lastGone !== undefined) troubles.push(status.lastGone);
  const webSeed = webSeedTroubleOf(status.webSeeds);
  if (webSeed !== undefined) troubles.push(webSeed);
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
    trouble: status.troubles[0]?.message ?? searchTroubleOf(status) ?? null,
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
    showShare(output, status, share.pieceMap());
    if (performance.now() >= until || status.uploadedBytes >= enough || signal.aborted) return;
  }
}

function report(share: Share, result: ShareResult, output: Output, copy?: DaemonCopy): void {
  const { uploadedBytes } = share.status();
  output.event('done', {
    path: result.path,
    size: result.size,
    seconds: Number(result.seconds.toFixed(3)),
    downloadBytes: result.downloadBytes,
    uploadBytes: uploadedBytes,
    ...(copy === undefined ? {} : { copiedFrom: copy.folder }),
  });
  output.info(describeResult(result, copy));
  output.result(printable(result.path));
}

/** Whole seconds would not fit the rate beside them. */
const SHORT_SECONDS = 10;

export function describeResult(
  { size, seconds, downloadBytes }: Pick<ShareResult, 'size' | 'seconds' | 'downloadBytes'>,
  copy: Pick<DaemonCopy, 'folder'> | undefined,
): string {
  const amount = formatBytes(size);
  if (downloadBytes > 0) {
    const rate = formatRate(downloadBytes / Math.max(seconds, 0.001));
    const time = seconds < SHORT_SECONDS ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
    // The rest was there before, or was copied; more than the size came where pieces were wrong.
    const fetched = downloadBytes < size ? `, of which ${formatBytes(downloadBytes)} came` : '';
    return `${amount}${fetched} in ${time} (${rate}), every byte verified`;
  }
  if (copy !== undefined) return `${amount} copied, every byte verified`;
  return size === 0 ? 'nothing was to be fetched' : `${amount} was there already`;
}
