/**
 * One-shot commands beside the daemon of their state folder: it does the work, and goes on with it when the command has
 * ended. What it cannot be told (another port, a network of its own, …) a command does by itself.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileSummary, PeerState, ShareSummary } from '../api/types.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { chooseAmong } from '../roster/choose-files.ts';
import { requireFolder } from '../roster/folders.ts';
import { type Ask, type Connected, connect, connectTo } from './drive.ts';
import { findOnDisk } from './files-of-daemon.ts';
import { requestOf } from './link.ts';
import { commandName } from '../../../cli/command-name.ts';
import type { CommonOptions } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';
import { type ShareView, showShare } from './share-view.ts';
import { TroubleReporter } from './troubles.ts';

const LOOK_MS = 500;
/** A daemon that is up answers at once, also on a machine that is busy. */
const REACH_MS = 10_000;
/** It is told what holds again on the way out, where nobody wants to wait. */
const RESTORE_MS = 3000;

/**
 * @param own by its name, what only a peer of its own can follow: unset where it was not asked for
 * @throws ShoalError state-in-use when there is such a thing, and the state folder that was named is the daemon's
 */
export async function reachDaemon(
  options: CommonOptions,
  own: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Connected | undefined> {
  const { port, dht, lsd, dhtNode, dhtRouter, networkKey, state } = options;
  const alone = Object.entries({
    '--port': port,
    '--dht-node': dhtNode,
    '--dht-router': dhtRouter,
    '--network-key': networkKey,
    '--no-dht': dht === false,
    '--no-lsd': lsd === false,
    ...own,
  }).find(([, value]) => value !== undefined && value !== false);
  const connected = connect(options, signal);
  if (alone !== undefined) {
    // Without a folder that was named, it takes one beside.
    if (connected === undefined || state === undefined) return undefined;
    throw new ShoalError(
      'state-in-use',
      `the daemon uses the state folder ${resolve(state)}, and cannot follow ${alone[0]}: leave that out, or name another folder with --state`,
    );
  }
  return connected !== undefined && (await answers(connected, signal)) ? connected : undefined;
}

/** One that is stuck counts as not up. @throws ShoalError aborted */
export async function answers({ ask, url }: Connected, signal: AbortSignal): Promise<boolean> {
  const isUp = await withTimeLimit(url, ask('GET', '/api/v1/status'), { ms: REACH_MS, signal }).then(
    () => true,
    () => false,
  );
  if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
  return isUp;
}

export interface JoinGetOptions {
  readonly output?: string;
  readonly select?: readonly string[];
  readonly sequential?: boolean;
  readonly limitDown?: number;
  readonly limitUp?: number;
}

/** Where the daemon has what was to be put into another folder. */
export interface DaemonCopy {
  readonly share: number;
  readonly folder: string;
  readonly peerPort: number;
}

/** What the daemon does for a command, and goes on with when that is stopped. */
export interface DaemonWork {
  share: number | undefined;
}

/** Around the work of a command. */
interface JoinContext {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly work: DaemonWork;
}

/**
 * Fetches by the daemon, and shows how it goes until all is here.
 * @returns where it lies, when that is not the folder that was asked for
 * @throws ShoalError as the daemon reports it
 */
export async function getByDaemon(
  connected: Connected,
  link: string,
  options: JoinGetOptions,
  { output, signal, work }: JoinContext,
): Promise<DaemonCopy | undefined> {
  const { ask, add } = connected;
  const folder = resolve(options.output ?? '.');
  const { select, sequential, limitDown, limitUp } = options;
  const startedAt = performance.now();
  const preferences = {
    ...(sequential === true ? { isSequential: true } : {}),
    ...(limitDown === undefined ? {} : { downloadLimit: limitDown }),
    ...(limitUp === undefined ? {} : { uploadLimit: limitUp }),
  };
  const hasLimit = limitDown !== undefined || limitUp !== undefined;
  const request = { ...(await requestOf(link, signal)), ...preferences, isPaused: false, folder };
  const { share: added, isNew } = await add(select === undefined ? request : { ...request, select });
  const path = `/api/v1/shares/${added.id}`;
  work.share = added.id;
  output.info(
    isNew ? `the daemon fetches it, as share ${added.id}` : `the daemon has it already, as share ${added.id}`,
  );
  let share: ShareSummary;
  try {
    if (!isNew) {
      // What it copies goes there: a folder that cannot be used is said before the wait.
      if (!(await isSameFolder(added.folder, folder))) await requireFolder(folder);
      if (added.isFinished && (await hasAllFiles(ask, added)))
        output.info(`share ${added.id} has given what it should, and stays paused`);
      else {
        await ask('PATCH', path, { ...preferences, isPaused: false, isOnDemand: false });
        await wantFiles(ask, added, select, signal);
      }
    }
    share = await untilHere(ask, added, output, signal);
    if (!isNew && !(await findOnDisk(connected, share)).isThere) {
      output.info(
        `files are missing in ${printable(share.folder)}: the daemon looks what is left, and fetches them`,
      );
      if (share.isFinished) await ask('PATCH', path, { isPaused: false });
      await ask('POST', `${path}/recheck`);
      share = await untilHere(ask, added, output, signal);
    }
  } catch (error) {
    // A selection that matches nothing leaves nothing behind.
    const isEmpty = isNew && error instanceof ShoalError && error.code === 'bad-argument';
    if (isEmpty) await ask('DELETE', path).catch(() => {});
    throw error;
  } finally {
    if (!isNew) await restorePreferences(connected, added, preferences, output);
  }
  if (!(await isSameFolder(share.folder, folder))) {
    const { peerPort } = (await ask('GET', '/api/v1/status')) as PeerState;
    return { share: share.id, folder: share.folder, peerPort };
  }
  await report(connected, { added, share, startedAt, isLimited: isNew && hasLimit }, output);
  return undefined;
}

interface Fetched {
  /** As it was before. */
  readonly added: ShareSummary;
  readonly share: ShareSummary;
  readonly startedAt: number;
  /** It is new, and keeps limits of the command. */
  readonly isLimited: boolean;
}

async function report(connected: Connected, fetched: Fetched, output: Output): Promise<void> {
  const { added, share, startedAt, isLimited } = fetched;
  const { path } = await findOnDisk(connected, share);
  const downloadBytes = share.downloadedBytes - added.downloadedBytes;
  output.event('done', {
    path,
    size: share.totalBytes,
    seconds: Number(((performance.now() - startedAt) / 1000).toFixed(3)),
    downloadBytes,
    uploadBytes: share.uploadedBytes - added.uploadedBytes,
    share: share.id,
  });
  const size = formatBytes(share.totalBytes);
  const how = downloadBytes === 0 ? `${size} was there already` : `${size}, every byte verified`;
  const whatFollows = share.isFinished ? 'has given what it should of it' : 'goes on sharing it';
  output.info(`${how}; the daemon ${whatFollows}`);
  if (isLimited)
    output.info(`it keeps its limits until: ${commandName()} limit ${share.id} --down none --up none`);
  output.result(printable(path));
}

/** The preferences of this command end with it: a share that was there before goes on as it was. Also after Ctrl-C. */
async function restorePreferences(
  { url, token }: Connected,
  before: ShareSummary,
  preferences: Partial<ShareSummary>,
  output: Output,
): Promise<void> {
  const names = Object.keys(preferences) as (keyof ShareSummary)[];
  if (names.length === 0) return;
  const { ask } = connectTo(url, token, { signal: AbortSignal.timeout(RESTORE_MS) });
  const restored = Object.fromEntries(names.map((name) => [name, before[name]]));
  await ask('PATCH', `/api/v1/shares/${before.id}`, restored).catch((error: unknown) =>
    output.info(`share ${before.id} keeps the limits of this command: ${(error as Error).message}`),
  );
}

/** Nothing of the share was left out, and so nothing is to be fetched for anybody who asks for it. */
async function hasAllFiles(ask: Ask, { id }: ShareSummary): Promise<boolean> {
  const { files } = (await ask('GET', `/api/v1/shares/${id}/files`)) as { files: readonly FileSummary[] };
  return files.length > 0 && files.every(({ isWanted }) => isWanted);
}

/** Of a share that the daemon held before: what is asked for now is wanted as well as what was. */
async function wantFiles(
  ask: Ask,
  share: ShareSummary,
  select: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (share.isInPlace) return;
  const path = `/api/v1/shares/${share.id}`;
  for (;;) {
    const { files } = (await ask('GET', `${path}/files`)) as { files: readonly FileSummary[] };
    if (files.length > 0) {
      const chosen = select === undefined ? files : chooseAmong(files, select);
      const missing = chosen.filter(({ isWanted }) => !isWanted);
      if (missing.length > 0)
        await ask('PATCH', path, { files: missing.map(({ index }) => ({ index, isWanted: true })) });
      return;
    }
    throwIfFailed((await ask('GET', path)) as ShareSummary);
    await pause(signal, share.id);
  }
}

/** Shows the progress until all that is wanted is here and at its final place. */
async function untilHere(
  ask: Ask,
  { id }: ShareSummary,
  output: Output,
  signal: AbortSignal,
): Promise<ShareSummary> {
  const troubles = new TroubleReporter(output);
  let [standstill, told]: (string | undefined)[] = [];
  for (;;) {
    const share = (await ask('GET', `/api/v1/shares/${id}`)) as ShareSummary;
    throwIfFailed(share);
    output.event('progress', progressOf(share));
    const view = viewOf(share);
    // It is at its place only when `doneAt` is set: a finished share may be moved first.
    if ((share.phase === 'seeding' || share.isFinished) && share.doneAt !== null) return share;
    showShare(output, view, undefined);
    troubles.report(view);
    const reason = standstillOf(share);
    // A share that is being started waits for a moment: only one that waits still is said to.
    if (reason !== undefined && reason === standstill && reason !== told) output.info(reason);
    told = reason === standstill ? reason : told;
    standstill = reason;
    await pause(signal, id);
  }
}

/** Why the daemon does not work on it, and what to do. */
function standstillOf({ phase, id }: ShareSummary): string | undefined {
  if (phase === 'paused') return `share ${id} is paused; let it go on with: ${commandName()} resume ${id}`;
  if (phase === 'waiting')
    return `share ${id} waits for its turn: other shares, a schedule or little free space hold it back`;
  return undefined;
}

function throwIfFailed({ phase, id, trouble, troubleCode }: ShareSummary): void {
  if (phase === 'failed')
    throw new ShoalError(troubleCode ?? 'io-error', trouble ?? `share ${id} of the daemon failed`);
}

async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => resolve(path))));
  return a === b;
}

/** Shares by the daemon. */
export async function shareByDaemon({ ask, add }: Connected, path: string, output: Output): Promise<void> {
  const { share, isNew } = await add({ path: resolve(path), isPaused: false });
  if (share.phase === 'paused') await ask('PATCH', `/api/v1/shares/${share.id}`, { isPaused: false });
  throwIfFailed(share);
  output.event('ready', { magnet: share.magnet, share: share.id });
  const verb = isNew ? 'shares it' : 'shares it already';
  output.info(`the daemon ${verb}, as share ${share.id}, until: ${commandName()} remove ${share.id}`);
  output.info('anyone who can reach this machine fetches it with:');
  output.result(`${commandName()} get '${share.magnet}'`);
}

async function pause(signal: AbortSignal, id: number): Promise<void> {
  await new Promise((done) => setTimeout(done, LOOK_MS));
  if (signal.aborted) throw new ShoalError('aborted', `the daemon goes on with share ${id}`);
}

/** As `get` tells it when it fetches by itself. */
function progressOf(share: ShareSummary): object {
  const { phase, name, totalBytes, doneBytes, downloadRate, uploadRate, downloadedBytes, uploadedBytes } =
    share;
  const { peers, seeds, secondsLeft, trouble, searchTrouble } = share;
  return {
    ...{ phase, name, totalBytes, doneBytes, downloadedBytes, uploadedBytes, peers, seeds },
    downloadRate: Math.round(downloadRate),
    uploadRate: Math.round(uploadRate),
    secondsLeft: secondsLeft === null ? null : Math.round(secondsLeft),
    trouble: trouble ?? searchTrouble,
  };
}

/** What the live view shows of a share of the daemon. */
function viewOf(share: ShareSummary): ShareView {
  const { phase, trouble, troubleCode, searchTrouble } = share;
  const words = { paused: 'paused', waiting: 'waiting for its turn' } as const;
  return {
    ...share,
    phase: phase === 'waiting' || phase === 'resting' ? 'paused' : phase,
    known: share.peers,
    secondsLeft: share.secondsLeft ?? undefined,
    pieceCount: 0,
    troubles: trouble === null ? [] : [{ code: troubleCode ?? 'io-error', message: trouble }],
    trackers: [],
    webSeeds: [],
    searchTrouble: searchTrouble ?? undefined,
    ...(phase === 'paused' || phase === 'waiting' ? { phaseWords: words[phase] } : {}),
  };
}
