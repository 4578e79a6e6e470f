/** `shoal up`: the daemon. Holds its shares until it is stopped; other programs drive it. */
import { formatCount } from '../ground/count.ts';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { KeySecret, removeAddress, tokenOf, writeAddress } from '../http/address.ts';
import { ApiServer, isLoopback } from '../http/server.ts';
import { createMount } from '../systems/torrents/api/mount.ts';
import { ShoalError } from '../ground/errors.ts';
import type { PeerOptions } from '../systems/torrents/share/options.ts';
import { createPeer } from '../systems/torrents/share/peer.ts';
import type { StateDb } from '../systems/torrents/state/state-db.ts';
import { prepareFolder } from '../systems/torrents/roster/folders.ts';
import type { RosterEntry } from '../systems/torrents/roster/entry.ts';
import type { DecidedAtStart } from '../systems/torrents/roster/in-effect.ts';
import { findProgram, runOnDone } from '../systems/torrents/roster/on-done.ts';
import { Roster } from '../systems/torrents/roster/roster.ts';
import { type CommonOptions, createOutput } from '../cli/options.ts';
import { peerOptions } from '../systems/torrents/commands/open-peer.ts';
import type { Output } from '../cli/output.ts';
import { DEFAULT_LEVEL, logApi, logRoster, openLog } from './up-log.ts';
import { openPage, pagesOf, removeLeadFile } from '../http/page-address.ts';
import { EXIT, runCommand } from '../cli/run.ts';
import { printable } from '../cli/terminal/format.ts';

export interface UpOptions extends CommonOptions {
  readonly apiPort?: number;
  readonly apiHost?: string;
  readonly apiToken?: boolean;
  readonly open?: boolean;
  readonly onDone?: string;
  readonly ipFilter?: string;
  readonly logLevel?: string;
  readonly logFile?: string;
  readonly downloadDir?: string;
}

/** What was set for the next start, unless the command line says something else. */
function rememberedIn(options: UpOptions): (state: StateDb) => Partial<PeerOptions> {
  return (state) => {
    const { usesDht, usesLsd, peerPort } = state.roster.settings();
    return {
      ...(usesDht === false ? { dht: false } : {}),
      ...(usesLsd === false ? { lsd: false } : {}),
      ...(options.port === undefined && typeof peerPort === 'number' ? { port: peerPort } : {}),
    };
  };
}

/** Settings that these options go before. */
function decidedBy({ dht, lsd, port }: UpOptions): DecidedAtStart[] {
  const decided: DecidedAtStart[] = [];
  if (dht === false) decided.push('usesDht');
  if (lsd === false) decided.push('usesLsd');
  if (port !== undefined) decided.push('peerPort');
  return decided;
}

export async function runUp(options: UpOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal, beginStop) => {
      await holdUp(options, output, { signal, beginStop }, async ({ url, token, pages, state }) => {
        output.result(`page: ${printable(pages[0]!)}`);
        for (const page of pages.slice(1)) output.result(`page for other machines: ${printable(page)}`);
        output.info(`programs that speak Transmission's RPC find it at ${printable(url)}transmission/rpc`);
        output.info(`other accounts and machines need the token in ${printable(join(state, 'api-token'))}`);
        const opens = options.open !== false && options.json !== true && process.stdout.isTTY;
        if (opens) openPage(url, token, state);
      });
      return EXIT.done;
    },
    () => 'the daemon is down; its shares go on when it is up again',
    true,
  );
}

export interface UpAddress {
  readonly url: string;
  readonly token: string;
  /** With what signs in; the first is for this machine. */
  readonly pages: readonly string[];
  /** The state folder. */
  readonly state: string;
}

/** The token that a person chose; programs that this one runs do not inherit it. */
function takeChosenToken(): string | undefined {
  const { SHOAL_API_TOKEN: chosen } = process.env;
  delete process.env.SHOAL_API_TOKEN;
  return chosen === '' ? undefined : chosen;
}

/** When the daemon ends. */
export interface UpEnd {
  readonly signal: AbortSignal;
  /** Told when the end begins, whoever asked for it. */
  readonly beginStop: () => void;
}

/** Runs the daemon until the signal, or until a program ends it. @param whenUp told once it answers */
export async function holdUp(
  options: UpOptions,
  output: Output,
  { signal, beginStop }: UpEnd,
  whenUp: (address: UpAddress) => Promise<void>,
): Promise<void> {
  const onDone = options.onDone === undefined ? undefined : runnerOf(options.onDone, output);
  const { logFile, logLevel = logFile === undefined ? undefined : DEFAULT_LEVEL } = options;
  const log = logLevel === undefined ? undefined : await openLog(logLevel, logFile);
  const peer = await createPeer({ ...(await peerOptions(options)), remembered: rememberedIn(options) });
  for (const notice of peer.state.notices) output.info(notice);
  const downloadDir = resolve(options.downloadDir ?? join(homedir(), 'Downloads'));
  const { ipFilter, apiHost: host, apiPort: port } = options;
  const decidedAtStart = decidedBy(options);
  const roster = new Roster(peer, { downloadDir, onDone, ipFilter, decidedAtStart });
  if (log !== undefined) logRoster(log, roster);
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  let api: ApiServer | undefined;
  try {
    const notice = await prepareFolder(downloadDir, signal);
    if (notice !== undefined && options.downloadDir !== undefined) throw notice;
    if (notice !== undefined) output.info(notice.message);
    await roster.start(signal);
    const { ofFile } = roster.blocklist;
    if (ofFile !== undefined) output.info(`block list: ${describeList(ofFile.filter.size, ofFile.skipped)}`);
    const { folder: state } = peer.state;
    const token = tokenOf(state, takeChosenToken());
    const keySecret = new KeySecret(state);
    const trustsAccount = options.apiToken !== true && isLoopback(host ?? '127.0.0.1');
    const access = { token, keySecret, trustsAccount, sessionFile: join(state, 'api-sessions') };
    const mounts = [createMount({ roster, keySecret, onClose: ended.resolve })];
    api = await ApiServer.open({ mounts, host, port, ...access });
    if (log !== undefined) logApi(log, api);
    log?.info({ event: 'up', url: api.url, peerPort: peer.port, shares: roster.all.length });
    writeAddress(state, { url: api.url, token });
    const pages = pagesOf(api.url, token, host ?? '127.0.0.1');
    output.event('ready', {
      url: api.url,
      port: api.port,
      token,
      pages,
      peerPort: peer.port,
      shares: roster.all.length,
      ...(ofFile === undefined ? {} : { blockedRanges: ofFile.filter.size }),
    });
    output.info(`up with ${formatCount(roster.all.length, 'share')}, on port ${peer.port}`);
    await whenUp({ url: api.url, token, pages, state });
    await ended.promise;
  } finally {
    beginStop();
    await api?.close();
    await roster.close();
    removeAddress(peer.state.folder);
    removeLeadFile(peer.state.folder);
    log?.info({ event: 'down' });
  }
}

/** Runs the program of `--on-done`, and tells what goes wrong with it. @throws ShoalError when it cannot be run */
function runnerOf(name: string, output: Output): (entry: RosterEntry) => void {
  let program: string;
  try {
    program = findProgram(name);
  } catch (error) {
    const { code, message } = error as ShoalError;
    throw new ShoalError(code, `--on-done: ${message}`, error);
  }
  return (entry) =>
    runOnDone(program, entry, (message) => {
      entry.log.add(message);
      output.error('io-error', `--on-done for "${entry.name}": ${message}`);
    });
}

function describeList(ranges: number, skipped: number): string {
  const rest = skipped === 0 ? '' : `; ${formatCount(skipped, 'line')} could not be read`;
  return `${formatCount(ranges, 'range')} ${ranges === 1 ? 'is' : 'are'} not talked to${rest}`;
}
