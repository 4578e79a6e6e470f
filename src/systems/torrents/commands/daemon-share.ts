/**
 * One share of the daemon, as a command sees it. A share that was there before gets what the command asks for while that
 * runs, and goes on as it was afterwards.
 */
import { commandLine } from '../../../cli/command-name.ts';
import { printable } from '../../../cli/terminal/format.ts';
import { parseMagnet } from '../../../data/content/magnet.ts';
import { toHex } from '../../../ground/bytes.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { ChangeRequest, FileSummary, ShareSummary } from '../api/types.ts';
import { chooseAmong } from '../roster/choose-files.ts';
import { requireFolder } from '../roster/folders.ts';
import type { ShareReport } from '../share/report.ts';
import { TorrentCopies } from '../state/torrent-copies.ts';
import { hasEnded } from './daemon-requests.ts';
import { connectTo } from './drive.ts';
import { findOnDisk, isSameFolder } from './files-of-daemon.ts';
import type { ReachedDaemon } from './reach-daemon.ts';
import { GoalCounter } from './seed-goals.ts';
import type { FetchRequest, OfferRequest, ServedShare, ShareLinks, WatchOptions } from './share-service.ts';

/** It is told what holds again on the way out, where nobody wants to wait. */
const RESTORE_MS = 3000;

/** What a command sets for the time of its run. */
export type Preferences = Pick<ChangeRequest, 'isSequential' | 'downloadLimit' | 'uploadLimit'>;

export interface DaemonShareOptions {
  /** As it was when the command began. */
  readonly share: ShareSummary;
  readonly isNew: boolean;
  readonly request: FetchRequest | OfferRequest;
  readonly preferences: Preferences;
}

export class DaemonShare implements ServedShare {
  readonly copiedBytes = 0;
  readonly isNew: boolean;
  readonly #daemon: ReachedDaemon;
  readonly #options: DaemonShareOptions;
  readonly #counter: GoalCounter;
  #share: ShareSummary;
  /** The files that the command asks for are wanted. */
  #hasFiles: boolean;
  /** The files of a share that was whole are there. */
  #isChecked: boolean;
  /** It is done, and told as it is since. */
  #isSettled = false;
  /** Warnings of the log, until it is known that they are not the failure itself. */
  #warnings: string[] = [];

  constructor(daemon: ReachedDaemon, options: DaemonShareOptions) {
    const { share, isNew, request } = options;
    this.#daemon = daemon;
    this.#options = options;
    this.#share = share;
    this.isNew = isNew;
    this.#hasFiles = isNew || share.isInPlace;
    this.#isChecked = isNew;
    // Those of a new share are its preferences: the daemon counts.
    this.#counter = new GoalCounter('goals' in request && !isNew ? request.goals : {}, share.uploadedBytes);
  }

  get number(): number {
    return this.#share.id;
  }

  get name(): string {
    return this.#share.name;
  }

  get folder(): string {
    return this.#share.folder;
  }

  get #path(): string {
    return `/api/v1/shares/${this.#share.id}`;
  }

  links(): ShareLinks {
    const { magnet, hash } = this.#share;
    const parsed = parseMagnet(magnet);
    const hexOf = (name: 'infoHashV1' | 'infoHashV2'): string | undefined => {
      const bytes = parsed.ok ? parsed.value[name] : undefined;
      return bytes === undefined ? undefined : toHex(bytes);
    };
    return {
      magnet,
      torrent: new TorrentCopies(`${this.#daemon.folder}/torrents`).pathOf(hash),
      infoHashV1: hexOf('infoHashV1'),
      infoHashV2: hexOf('infoHashV2'),
    };
  }

  async change(change: ChangeRequest): Promise<void> {
    this.#share = (await this.#daemon.ask('PATCH', this.#path, change)) as ShareSummary;
  }

  /** A share that was there goes on, for the files that the command asks for. @throws ShoalError */
  async resume(): Promise<void> {
    const { share, request, preferences } = this.#options;
    // A copy goes there: a folder that cannot be used is said before the wait.
    if ('folder' in request && !(await isSameFolder(share.folder, request.folder)))
      await requireFolder(request.folder);
    if (share.isFinished && (await this.#hasAllFiles())) {
      request.onWarning(`share ${share.id} has reached its goal, and stays paused`);
      this.#hasFiles = true;
    } else await this.change({ ...preferences, isPaused: false, isOnDemand: false });
  }

  async *watch(options: WatchOptions): AsyncGenerator<ShareReport> {
    const { intervalMs, hasMap, signal } = options;
    const address = `${this.#path}/watch?intervalMs=${intervalMs}&map=${hasMap}`;
    // After a change of ours, what was sent before it is out of date.
    for (let isCurrent = false; !isCurrent && !signal.aborted; ) {
      isCurrent = true;
      for await (const { event, data } of this.#daemon.listen(address)) {
        if (event === 'removed')
          throw new ShoalError('not-found', `share ${this.number} was removed from the daemon`);
        if (event === 'notice') this.#note(data as Notice);
        if (event !== 'report') continue;
        const report = this.#relative(data as ShareReport);
        this.#tellWarnings(report);
        if (await this.#hasChanged(report)) {
          isCurrent = false;
          break;
        }
        // What is whole may have been moved to its last folder.
        if (report.isDone && !this.#isSettled) await this.#settle();
        yield report;
        if (report.failure !== undefined) throw await this.#failed(report.failure);
      }
      if (isCurrent && !signal.aborted) throw hasEnded(`it goes on with share ${this.number}`);
    }
  }

  async #settle(): Promise<void> {
    this.#share = (await this.#daemon.ask('GET', this.#path)) as ShareSummary;
    this.#isSettled = true;
  }

  async locate(): Promise<string> {
    return (await findOnDisk(this.#daemon, this.#share)).path;
  }

  async release(hasGivenUp: boolean): Promise<readonly string[]> {
    const { isNew, preferences } = this.#options;
    const { url, token } = this.#daemon;
    // Also after Ctrl-C, when no question of the command is answered any more.
    const { ask } = connectTo(url, token, { signal: AbortSignal.timeout(RESTORE_MS) });
    const { id } = this.#share;
    const tell = (change: ChangeRequest): Promise<unknown> => ask('PATCH', this.#path, change);
    if (isNew && hasGivenUp) {
      await tell({ isPaused: true }).catch(() => {});
      return [`share ${id} of the daemon is paused; the same command goes on with it`];
    }
    const names = Object.keys(preferences) as (keyof Preferences)[];
    if (names.length === 0) return [];
    const limits = names.filter((name) => name !== 'isSequential');
    if (isNew)
      return limits.length === 0
        ? []
        : [`it keeps its limits until: ${commandLine(`limit ${id} --down none --up none`)}`];
    const before = Object.fromEntries(names.map((name) => [name, this.#options.share[name]]));
    return tell(before).then(
      () => [],
      (error: unknown) => [`share ${id} keeps the limits of this command: ${(error as Error).message}`],
    );
  }

  /** Counts begin with this command; a share that lacks the command's files is not done. */
  #relative(report: ShareReport): ShareReport {
    const { downloadedBytes, uploadedBytes } = this.#options.share;
    const relative = {
      ...report,
      downloadedBytes: report.downloadedBytes - (this.isNew ? 0 : downloadedBytes),
      uploadedBytes: report.uploadedBytes - (this.isNew ? 0 : uploadedBytes),
      isDone: report.isDone && this.#hasFiles,
    };
    const isReached = this.#counter.handleReport(relative, performance.now());
    return { ...relative, isFinished: report.isFinished || (!this.isNew && isReached) };
  }

  #note({ text, isWarning }: Notice): void {
    if (isWarning) this.#warnings.push(text);
    else this.#options.request.onDetail(text);
  }

  #tellWarnings({ failure }: ShareReport): void {
    for (const text of this.#warnings)
      if (failure === undefined || !text.endsWith(failure.message)) this.#options.request.onWarning(text);
    this.#warnings = [];
  }

  /** Asks for the files that the command wants, and for those that were removed. @returns something was changed */
  async #hasChanged(report: ShareReport): Promise<boolean> {
    if (!this.#hasFiles) return this.#wantFiles();
    if (!report.isDone || this.#isChecked) return false;
    this.#isChecked = true;
    this.#share = (await this.#daemon.ask('GET', this.#path)) as ShareSummary;
    if ((await findOnDisk(this.#daemon, this.#share)).isThere) return false;
    const folder = printable(this.#share.folder);
    this.#requireWays(`files are missing in ${folder}`);
    this.#options.request.onWarning(
      `files are missing in ${folder}: the daemon looks what is left, and fetches them`,
    );
    if (this.#share.isFinished) await this.change({ isPaused: false });
    await this.#daemon.ask('POST', `${this.#path}/recheck`);
    return true;
  }

  /** What is asked for now is wanted as well as what was, as soon as it is known what there is. */
  async #wantFiles(): Promise<boolean> {
    const files = await this.#files();
    if (files.length === 0) return false;
    this.#hasFiles = true;
    const { request } = this.#options;
    const select = 'select' in request ? request.select : undefined;
    const chosen = select === undefined ? files : chooseAmong(files, select);
    const missing = chosen.filter(({ isWanted }) => !isWanted);
    if (missing.length > 0) {
      this.#requireWays('the daemon left out some of its files');
      await this.change({ files: missing.map(({ index }) => ({ index, isWanted: true })) });
    }
    return true;
  }

  /**
   * A share that is whole was taken as it is; from now on something of it is fetched.
   * @param why as the beginning of a sentence
   * @throws ShoalError unsupported when that would look for peers in a way that was not to be
   */
  #requireWays(why: string): void {
    const { usesDht, usesLsd } = this.#options.request;
    const { inEffect } = this.#daemon.status;
    const { id } = this.#share;
    const clash =
      usesDht === false && this.#share.usesDht && inEffect.usesDht
        ? ['in the DHT', '--no-dht']
        : usesLsd === false && this.#share.usesLsd && inEffect.usesLsd
          ? ['on the local network', '--no-lsd']
          : undefined;
    if (clash === undefined) return;
    throw new ShoalError(
      'unsupported',
      `${why}, and the daemon would look for them ${clash[0]}: leave out ${clash[1]}, or remove share ${id} first with: ${commandLine(`remove ${id}`)}`,
    );
  }

  async #files(): Promise<readonly FileSummary[]> {
    const answer = await this.#daemon.ask('GET', `${this.#path}/files`);
    return (answer as { readonly files: readonly FileSummary[] }).files;
  }

  /** Nothing of the share was left out, and so nothing is to be fetched for anybody who asks for it. */
  async #hasAllFiles(): Promise<boolean> {
    const files = await this.#files();
    return files.length > 0 && files.every(({ isWanted }) => isWanted);
  }

  /** A selection that matches nothing leaves nothing behind. */
  async #failed({ code, message }: NonNullable<ShareReport['failure']>): Promise<ShoalError> {
    if (this.isNew && code === 'bad-argument') await this.#daemon.ask('DELETE', this.#path).catch(() => {});
    return new ShoalError(code, message);
  }
}

interface Notice {
  readonly text: string;
  readonly isWarning: boolean;
}
