/** `shoal list`, `pause`, `resume`, `remove`, `recheck`, …: commands that drive the daemon through its HTTP API. */
import { resolve } from 'node:path';
import {
  type Ask,
  type ConnectOptions,
  connectDaemon,
  connectDaemonAt,
  type DaemonClient,
  describeInterruption,
  type DriveOptions,
  isDown,
} from '../../../cli/daemon-client.ts';
import type {
  AddRequest,
  FileSummary,
  PeerSummary,
  Removed,
  Settings,
  ShareSummary,
  Trackers,
} from '../api/types.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import { createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { openPage, ownPage } from '../../../http/page-address.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import {
  describeLimits,
  describeState,
  showFiles,
  showPeers,
  showShare,
  showShares,
  showTrackers,
  showWebSeeds,
} from './show.ts';
import { commandLine } from '../../../cli/command-name.ts';
import { printable } from '../../../cli/terminal/format.ts';

export type { Ask, DriveOptions } from '../../../cli/daemon-client.ts';

const STATUS_CREATED = 201;

export interface Connected extends DaemonClient {
  /** Adds a share; one that exists already is returned as it is. */
  readonly add: (request: AddRequest) => Promise<{ readonly share: ShareSummary; readonly isNew: boolean }>;
}

/** The daemon of a state folder; undefined when none is up. @throws ShoalError no-permission */
export function connect(options: DriveOptions, signal?: AbortSignal): Connected | undefined {
  const client = connectDaemon(options, signal);
  return client === undefined ? undefined : withAdd(client);
}

export function connectTo(url: string, token: string, options: ConnectOptions = {}): Connected {
  return withAdd(connectDaemonAt(url, token, options));
}

const withAdd = (client: DaemonClient): Connected => ({
  ...client,
  add: async (request) => {
    const { status, answer } = await client.askFully('POST', '/api/v1/shares', request);
    return { share: answer as ShareSummary, isNew: status === STATUS_CREATED };
  },
});

/** Runs a command against the daemon of the state folder. */
export async function drive(
  options: DriveOptions,
  work: (ask: Ask, output: Output, connected: Connected, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      const connected = connect(options, signal);
      if (connected === undefined) throw isDown(resolve(options.state ?? defaultStateDir()));
      await work(connected.ask, output, connected, signal);
      return EXIT.done;
    },
    describeInterruption,
  );
}

export async function runList(options: DriveOptions): Promise<void> {
  await drive(options, async (ask, output) => {
    const { shares } = (await ask('GET', '/api/v1/shares')) as { shares: ShareSummary[] };
    showShares(output, shares);
    if (shares.length === 0)
      output.info(`the daemon holds no shares yet: add one with: ${commandLine('add LINK')}`);
  });
}

async function find(ask: Ask, which: string): Promise<ShareSummary> {
  const { shares } = (await ask('GET', '/api/v1/shares')) as { shares: ShareSummary[] };
  return chooseShare(shares, which);
}

/** No daemon has numbered so many shares: more digits are the beginning of an info hash. */
const MAX_NUMBER_DIGITS = 6;

/**
 * By number, or by the beginning of the info hash. A few decimal digits are a number only: once share 3 is removed,
 * `remove 3` must not mean another share whose hash begins with 3.
 * @throws ShoalError bad-argument
 */
export function chooseShare<Share extends Pick<ShareSummary, 'id' | 'hash'>>(
  shares: readonly Share[],
  which: string,
): Share {
  const byNumber = shares.find(({ id }) => `${id}` === which);
  if (byNumber !== undefined) return byNumber;
  const isNumber = /^\d+$/.test(which) && which.length <= MAX_NUMBER_DIGITS;
  const isHash = !isNumber && /^[0-9a-f]{1,64}$/i.test(which);
  const found = isHash ? shares.filter(({ hash }) => hash.startsWith(which.toLowerCase())) : [];
  if (found.length === 1) return found[0]!;
  const why =
    found.length === 0
      ? 'there is no such share'
      : 'several shares fit: give more digits of the info hash, or the number';
  throw new ShoalError('bad-argument', `${which || '""'}: ${why}; see: ${commandLine('list')}`);
}

export async function runChange(
  which: readonly string[],
  options: DriveOptions,
  change: (share: ShareSummary) => { readonly method: string; readonly path: string; readonly body?: object },
  tell: (share: ShareSummary) => string = describeState,
): Promise<void> {
  await drive(options, async (ask, output) => {
    const changeOne = async (one: string): Promise<void> => {
      const share = await find(ask, one);
      const { method, path, body } = change(share);
      const answer = (await ask(method, `/api/v1/shares/${share.id}${path}`, body)) as Partial<ShareSummary>;
      if (answer.id === undefined) showRemoved(output, share, answer as Partial<Removed>);
      else showShare(output, answer as ShareSummary, tell(answer as ShareSummary));
    };
    let refusal: ShoalError | undefined;
    for (const one of which) {
      try {
        await changeOne(one);
      } catch (error) {
        // One that is refused keeps no other from it; the last refusal is told by the end of the command.
        if (!isRefusal(error)) throw error;
        if (refusal !== undefined) output.error(refusal.code, refusal.message);
        refusal = error;
      }
    }
    if (refusal !== undefined) throw refusal;
  });
}

/** The daemon has answered, and goes on answering. */
const isRefusal = (error: unknown): error is ShoalError =>
  error instanceof ShoalError && error.code !== 'aborted' && error.code !== 'io-error';

/** @param answer empty when the data was to stay */
function showRemoved(output: Output, share: ShareSummary, answer: Partial<Removed>): void {
  const { isDataRemoved = false } = answer;
  output.event('removed', { id: share.id, hash: share.hash, isDataRemoved, follow: share.follow });
  output.result(`${share.id}  ${printable(share.name)}: ${printable(describeRemoved(share, answer))}`);
}

export function describeRemoved(
  share: Pick<ShareSummary, 'fileCount' | 'folder' | 'follow'>,
  answer: Partial<Removed>,
): string {
  const end = share.follow === null ? '' : `; follow ${share.follow} has ended`;
  return `${describeData(share, answer)}${end}`;
}

/** A magnet link that never got its metadata has no data: no file is known. */
function describeData(
  share: Pick<ShareSummary, 'fileCount' | 'folder'>,
  { isDataRemoved }: Partial<Removed>,
): string {
  if (share.fileCount === 0) return 'removed';
  if (isDataRemoved === true) return 'removed, with its data';
  const what = isDataRemoved === undefined ? 'its data stays' : 'its data, or some of it, stays';
  return `removed, ${what} in ${share.folder}`;
}

/** The details of one share: lines for people, events for programs. */
export async function runDetail(
  which: string,
  options: DriveOptions,
  what: 'files' | 'peers' | 'trackers',
): Promise<void> {
  await drive(options, async (ask, output) => {
    const share = await find(ask, which);
    const answer = await ask('GET', `/api/v1/shares/${share.id}/${what}`);
    if (what === 'files') showFiles(output, (answer as { files: FileSummary[] }).files);
    else if (what === 'peers') showPeers(output, (answer as { peers: PeerSummary[] }).peers, share);
    else {
      showTrackers(output, (answer as Trackers).trackers, share);
      showWebSeeds(output, (answer as Trackers).webSeeds);
    }
  });
}

/** Opens the page, at a share if one is named. */
export async function runOpen(which: string | undefined, options: DriveOptions): Promise<void> {
  await drive(options, async (ask, output, { url, token }) => {
    const view = which === undefined ? '' : `/share/${(await find(ask, which)).id}/overview`;
    const page = ownPage(url, token, view);
    output.event('page', { url: page });
    output.result(page);
    if (options.json !== true) await openPage(url, token, resolve(options.state ?? defaultStateDir()), view);
  });
}

interface KeyAddress {
  readonly scope: string;
  readonly path: string;
}

/** Addresses with keys, for programs that take nothing else. */
export async function runAddress(
  which: string | undefined,
  options: DriveOptions & { readonly revoke?: boolean },
): Promise<void> {
  await drive(options, async (ask, output, { url }) => {
    if (options.revoke === true) {
      await ask('DELETE', '/api/v1/keys');
      output.info('all keys have ended; these are new');
    }
    const query = which === undefined ? '' : `?share=${(await find(ask, which)).id}`;
    const { keys } = (await ask('GET', `/api/v1/keys${query}`)) as { keys: readonly KeyAddress[] };
    for (const { scope, path } of keys) {
      const address = new URL(path, url).href;
      output.event('address', { scope, url: address });
      output.result(`${scope.padEnd(10)}  ${address}`);
    }
  });
}

export interface LimitOptions extends DriveOptions {
  readonly down?: number | null;
  readonly up?: number | null;
  readonly ratio?: number | null;
  /** Minutes. */
  readonly seeding?: number | null;
  readonly idle?: number | null;
}

/** Limits of one share, or of all together. */
export async function runLimit(which: string | undefined, options: LimitOptions): Promise<void> {
  const { down, up, ratio, seeding, idle } = options;
  const limits = {
    ...(down === undefined ? {} : { downloadLimit: down }),
    ...(up === undefined ? {} : { uploadLimit: up }),
    ...(ratio === undefined ? {} : { ratioGoal: ratio }),
    ...(seeding === undefined ? {} : { seedingGoal: seeding }),
    ...(idle === undefined ? {} : { idleGoal: idle }),
  };
  await drive(options, async (ask, output) => {
    if (which !== undefined) {
      const { id } = await find(ask, which);
      const share = (await ask('PATCH', `/api/v1/shares/${id}`, limits)) as ShareSummary;
      showShare(output, share, describeLimits(share));
      return;
    }
    const settings = (await ask('PATCH', '/api/v1/settings', limits)) as Settings;
    const { downloadLimit, uploadLimit, ratioGoal, seedingGoal, idleGoal } = settings;
    output.event('limits', { downloadLimit, uploadLimit, ratioGoal, seedingGoal, idleGoal });
    output.result(`all shares together: ${describeLimits(settings)}`);
  });
}
