/**
 * One-shot commands where the always-on peer of the same state folder is up: it does the work, and goes on with it when the
 * command has ended. What it cannot be told (another port, a network of its own, …) a command does by itself.
 */
import { matchesGlob } from 'node:path';
import { join, resolve } from 'node:path';
import type { FileSummary, ShareSummary } from '../api/v1/types.ts';
import { ShoalError } from '../ground/errors.ts';
import type { ShareStatus } from '../peer/status.ts';
import { type Connected, connect, sourceOf } from './drive.ts';
import type { CommonOptions } from './options.ts';
import type { Output } from './output.ts';
import { formatBytes, printable } from './terminal/format.ts';

const LOOK_MS = 500;

/** @param own options of the command that only a peer of its own can follow */
export async function reachPeer(
  options: CommonOptions,
  own: readonly unknown[],
): Promise<Connected | undefined> {
  const { port, dht, lsd, dhtNode, dhtRouter, networkKey } = options;
  const isOwn = [port, dhtNode, dhtRouter, networkKey, ...own].some(
    (option) => option !== undefined && option !== false,
  );
  if (isOwn || dht === false || lsd === false) return undefined;
  const connected = connect(options);
  const isUp = await connected?.ask('GET', '/api/v1/status').then(
    () => true,
    () => false,
  );
  return isUp === true ? connected : undefined;
}

export interface JoinGetOptions {
  readonly output?: string;
  readonly select?: readonly string[];
  readonly sequential?: boolean;
  readonly limitDown?: number;
  readonly limitUp?: number;
}

/** Fetches by the peer that is up, and shows how it goes until all is here. */
export async function getByPeer(
  { ask }: Connected,
  link: string,
  options: JoinGetOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const folder = resolve(options.output ?? '.');
  const startedAt = performance.now();
  const added = (await ask('POST', '/api/v1/shares', {
    ...sourceOf(link),
    folder,
    isPaused: false,
    // Nothing of it comes before it is known which files are wanted.
    ...(options.select === undefined ? {} : { isOnDemand: true }),
  })) as ShareSummary;
  const path = `/api/v1/shares/${added.id}`;
  output.info(`the peer that is up fetches it, as share ${added.id}`);
  await ask('PATCH', path, {
    isPaused: false,
    ...(options.sequential === true ? { isSequential: true } : {}),
    ...(options.limitDown === undefined ? {} : { downloadLimit: options.limitDown }),
    ...(options.limitUp === undefined ? {} : { uploadLimit: options.limitUp }),
  });
  if (options.select !== undefined) await selectFiles(ask, path, options.select, signal);
  for (;;) {
    const share = (await ask('GET', path)) as ShareSummary;
    if (share.phase === 'failed') throw new ShoalError('io-error', share.trouble ?? 'it failed');
    output.event('progress', progressOf(share));
    output.share(statusOf(share), undefined);
    if (share.phase === 'seeding') {
      const place = join(share.folder, share.name);
      output.event('done', {
        path: place,
        size: share.totalBytes,
        seconds: Number(((performance.now() - startedAt) / 1000).toFixed(3)),
        downloadBytes: share.downloadedBytes - added.downloadedBytes,
        uploadBytes: share.uploadedBytes - added.uploadedBytes,
        share: share.id,
      });
      output.info(`${formatBytes(share.totalBytes)}, every byte verified; the peer goes on sharing it`);
      return output.result(printable(place));
    }
    await pause(signal, `the peer that is up goes on with it: shoal list; shoal pause ${share.id}`);
  }
}

/** Shares by the peer that is up. */
export async function shareByPeer({ ask }: Connected, path: string, output: Output): Promise<void> {
  const share = (await ask('POST', '/api/v1/shares', { path: resolve(path) })) as ShareSummary;
  output.event('ready', { magnet: share.magnet, share: share.id });
  output.info(`the peer that is up shares it, as share ${share.id}, until: shoal remove ${share.id}`);
  output.info('anyone who can reach this machine fetches it with:');
  output.result(`shoal get '${share.magnet}'`);
}

async function selectFiles(
  ask: Connected['ask'],
  path: string,
  globs: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { files } = (await ask('GET', `${path}/files`)) as { files: readonly FileSummary[] };
    if (files.length > 0) {
      const wishes = files.map((file) => {
        const name = file.path.split('/').at(-1)!;
        const isWanted = globs.some((glob) => matchesGlob(file.path, glob) || matchesGlob(name, glob));
        return { index: file.index, isWanted };
      });
      if (!wishes.some(({ isWanted }) => isWanted))
        throw new ShoalError('bad-argument', `--select matches none of the ${files.length} files`);
      await ask('PATCH', path, { files: wishes, isOnDemand: false });
      return;
    }
    await pause(signal, 'interrupted');
  }
}

async function pause(signal: AbortSignal, message: string): Promise<void> {
  await new Promise((done) => setTimeout(done, LOOK_MS));
  if (signal.aborted) throw new ShoalError('aborted', message);
}

/** As `get` tells it when it fetches by itself. */
function progressOf(share: ShareSummary): object {
  const { phase, name, totalBytes, doneBytes, downloadRate, uploadRate, downloadedBytes, uploadedBytes } =
    share;
  const { peers, seeds, secondsLeft } = share;
  return {
    ...{ phase, name, totalBytes, doneBytes, downloadedBytes, uploadedBytes, peers, seeds },
    downloadRate: Math.round(downloadRate),
    uploadRate: Math.round(uploadRate),
    secondsLeft: secondsLeft === null ? null : Math.round(secondsLeft),
  };
}

function statusOf(share: ShareSummary): ShareStatus {
  const phases = { paused: 'paused', waiting: 'checking', resting: 'paused' } as const;
  const { phase } = share;
  return {
    ...share,
    phase: phase === 'paused' || phase === 'waiting' || phase === 'resting' ? phases[phase] : phase,
    known: share.peers,
    secondsLeft: share.secondsLeft ?? undefined,
    pieceCount: 0,
    troubles: [],
    trackers: [],
  };
}
