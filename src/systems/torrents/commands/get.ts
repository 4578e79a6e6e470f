/** `shoal get`: fetches what a link names. */
import { resolve } from 'node:path';
import { commandLine } from '../../../cli/command-name.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, formatDuration, formatRate, printable } from '../../../cli/terminal/format.ts';
import { type Address, createAddress } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type ShareReport, wordOf } from '../share/report.ts';
import { searchTroubleOf } from '../share/status.ts';
import { isSameFolder } from './files-of-daemon.ts';
import { readTypedLink } from './link.ts';
import { openService } from './open-service.ts';
import { Patience } from './patience.ts';
import { waysOf } from './reach-daemon.ts';
import { hasGoals, type SeedGoals } from './seed-goals.ts';
import type { FetchRequest, ServedShare, ShareService } from './share-service.ts';
import { showShare } from './share-view.ts';
import { StandstillReporter, TroubleReporter } from './troubles.ts';

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

/** What one run of the command works with. */
interface Run {
  readonly options: GetCommandOptions;
  readonly goals: SeedGoals;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** The daemon's, while it works for this command. */
  number: number | undefined;
}

export async function runGet(link: string, options: GetCommandOptions): Promise<void> {
  const output = createOutput(options);
  let run: Run | undefined;
  await runCommand(
    output,
    async (signal) => {
      const goals = { seconds: options.seedTime, ratio: options.seedRatio };
      run = { options, goals, output, signal, number: undefined };
      const request = await requestOf(link, run);
      const service = await openService(options, output, signal);
      try {
        const elsewhere = await fetchBy(service, request, run);
        if (elsewhere !== undefined) await copyBeside(service, request, elsewhere, run);
      } catch (error) {
        throw withAdvice(error, options);
      } finally {
        await service.close();
      }
      return EXIT.done;
    },
    () => hintOf(run?.number),
  );
}

/** Said after Ctrl-C. */
function hintOf(number: number | undefined): string {
  if (number === undefined)
    return 'stopped; what came is kept, the same command goes on where this one ended';
  return `the daemon goes on with it, as share ${number}; stop it with: ${commandLine(`pause ${number}`)}`;
}

async function requestOf(link: string, { options, goals, output, signal }: Run): Promise<FetchRequest> {
  return {
    link,
    source: await readTypedLink(link, options, signal),
    folder: resolve(options.output ?? '.'),
    select: options.select,
    isSequential: options.sequential === true,
    peers: options.peer ?? [],
    trackers: (options.tracker ?? []).flatMap((tier) => tier.split(',')),
    downloadLimit: options.limitDown,
    uploadLimit: options.limitUp,
    goals,
    ...waysOf(options),
    signal,
    onWarning: (text) => output.info(text),
    onDetail: (text) => output.detail(text),
  };
}

/** @returns where the share lies, when that is not the folder that was asked for */
async function fetchBy(service: ShareService, request: FetchRequest, run: Run): Promise<string | undefined> {
  const startedAt = performance.now();
  const share = await service.fetch(request);
  const { number } = share;
  run.number = number;
  if (number !== undefined)
    run.output.info(
      share.isNew
        ? `the daemon fetches it, as share ${number}`
        : `the daemon has it already, as share ${number}`,
    );
  let hasGivenUp = false;
  try {
    const report = await untilHere(share, run);
    if (!(await isSameFolder(share.folder, request.folder))) {
      run.number = undefined;
      return share.folder;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const path = await share.locate();
    const result = { path, size: report.totalBytes, seconds, downloadBytes: report.downloadedBytes };
    const last = (await seedAfterwards(share, result, run)) ?? report;
    tellResult(share, { ...result, uploadBytes: last.uploadedBytes }, last, { ...run, request });
  } catch (error) {
    hasGivenUp = error instanceof ShoalError && error.code === 'nothing-found';
    throw error;
  } finally {
    for (const line of await share.release(hasGivenUp)) run.output.info(line);
  }
  return undefined;
}

/** The daemon has it in another folder: it is copied, and every byte of the copy verified. */
async function copyBeside(
  daemon: ShareService,
  request: FetchRequest,
  from: string,
  run: Run,
): Promise<void> {
  const to = printable(request.folder);
  run.output.info(`it lies in ${printable(from)}: copying it to ${to}`);
  const [{ OwnService }, { openPeerBeside }] = await Promise.all([
    import('./own-service.ts'),
    import('./open-peer.ts'),
  ]);
  // The port and the network of the daemon are its own.
  const service = new OwnService(await openPeerBeside(run.options));
  try {
    const peers = [...request.peers, createAddress('127.0.0.1', daemon.port)!];
    await fetchBy(service, { ...request, peers, copyFrom: from }, run);
  } finally {
    await service.close();
  }
}

/** What the options of this command can do about it. */
export function withAdvice(error: unknown, options: GetCommandOptions): unknown {
  if (!(error instanceof ShoalError)) return error;
  if (error.code === 'nothing-found') {
    const limits = limitsOf(options);
    return limits.length === 0
      ? error
      : new ShoalError(error.code, [error.message, ...limits].join('; '), error);
  }
  if (error.shortage === undefined) return error;
  const advice = 'make room, choose another folder with -o, or fewer files with --select';
  return new ShoalError(error.code, `${error.message}: ${advice}`, error);
}

/** Whom these options leave out: nobody else says why a peer closed the connection. */
function limitsOf({ encryption, utp, tcp }: GetCommandOptions): string[] {
  return [
    ...(encryption === 'off' ? ['--encryption off leaves out peers that require encryption'] : []),
    ...(encryption === 'required' ? ['--encryption required leaves out peers that take none'] : []),
    ...(utp === false ? ['--no-utp leaves out peers without TCP'] : []),
    ...(tcp === false ? ['--no-tcp leaves out peers without uTP'] : []),
  ];
}

/** Shows progress until all is here. @throws ShoalError nothing-found when nothing comes for too long */
async function untilHere(share: ServedShare, run: Run): Promise<ShareReport> {
  const { output, signal, options } = run;
  const troubles = new TroubleReporter(output);
  const standstill = new StandstillReporter(output, share.number);
  const patience = new Patience(options.timeout);
  let isAlone: boolean | undefined;
  for await (const report of share.watch(watchOptionsOf(run))) {
    show(report, output);
    if (report.isDone) return report;
    troubles.report(report);
    standstill.report(report, performance.now());
    const isSearching = report.phase === 'metadata' || report.phase === 'fetching';
    if (isAlone === undefined && isSearching) {
      isAlone = hasNobody(report);
      if (isAlone) output.info(ALONE);
    }
    patience.handleReport(report, performance.now());
  }
  throw new ShoalError('aborted', signal.aborted ? 'interrupted' : 'the share was stopped');
}

const ALONE =
  'the link names no tracker and no peer, and the DHT is off: waiting for somebody to connect (add --peer or --tracker)';

function hasNobody({ trackers, known, webSeedCount, dht }: ShareReport): boolean {
  return trackers.length === 0 && known === 0 && webSeedCount === 0 && dht === undefined;
}

const watchOptionsOf = ({ output, signal }: Run) => ({
  intervalMs: output.intervalMs,
  hasMap: output.isLive,
  signal,
});

function show(report: ShareReport, output: Output): void {
  output.event('progress', progressFields(report));
  showShare(output, report);
}

function progressFields(report: ShareReport): object {
  const { phase, name, totalBytes, doneBytes, downloadedBytes, uploadedBytes, peers, seeds } = report;
  return {
    phase: wordOf(phase),
    name,
    totalBytes,
    doneBytes,
    downloadRate: Math.round(report.downloadRate),
    uploadRate: Math.round(report.uploadRate),
    downloadedBytes,
    uploadedBytes,
    peers,
    seeds,
    secondsLeft: report.secondsLeft === undefined ? null : Math.round(report.secondsLeft),
    trouble: report.troubles[0]?.message ?? searchTroubleOf(report) ?? null,
    state: phase,
  };
}

interface Result {
  readonly path: string;
  readonly size: number;
  readonly seconds: number;
  readonly downloadBytes: number;
}

/** @returns the last report; undefined when the command has no goals */
async function seedAfterwards(
  share: ServedShare,
  { path, size, seconds }: Result,
  run: Run,
): Promise<ShareReport | undefined> {
  if (!hasGoals(run.goals)) return undefined;
  run.output.event('complete', { path, size, seconds });
  let last: ShareReport | undefined;
  for await (const report of share.watch(watchOptionsOf(run))) {
    last = report;
    show(report, run.output);
    if (report.isFinished) break;
  }
  return last;
}

function tellResult(
  share: ServedShare,
  result: Result & { readonly uploadBytes: number },
  { isFinished }: ShareReport,
  { output, request }: Pick<Run, 'output'> & { readonly request: FetchRequest },
): void {
  const { path, size, seconds, downloadBytes, uploadBytes } = result;
  const copiedFrom = share.copiedBytes > 0 ? (request.copyFrom ?? null) : null;
  output.event('done', {
    path,
    size,
    seconds: Number(seconds.toFixed(3)),
    downloadBytes,
    uploadBytes,
    share: share.number ?? null,
    copiedFrom,
  });
  const after =
    share.number === undefined
      ? ''
      : `; the ${isFinished ? 'share has reached its goal' : 'daemon goes on sharing it'}`;
  output.info(`${describeResult(result, copiedFrom !== null)}${after}`);
  output.result(printable(path));
}

/** Whole seconds would not fit the rate beside them. */
const SHORT_SECONDS = 10;

export function describeResult(
  { size, seconds, downloadBytes }: Pick<Result, 'size' | 'seconds' | 'downloadBytes'>,
  isCopied: boolean,
): string {
  const amount = formatBytes(size);
  if (downloadBytes > 0) {
    const rate = formatRate(downloadBytes / Math.max(seconds, 0.001));
    const time = seconds < SHORT_SECONDS ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
    // The rest was there before, or was copied; more than the size came where pieces were wrong.
    const fetched = downloadBytes < size ? `, of which ${formatBytes(downloadBytes)} came` : '';
    return `${amount}${fetched} in ${time} (${rate}), every byte verified`;
  }
  if (isCopied) return `${amount} copied, every byte verified`;
  return size === 0 ? 'nothing was to be fetched' : `${amount} was there already`;
}
