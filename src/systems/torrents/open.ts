/** Opens the torrents system in a daemon: its peer, the roster of its shares, and their interfaces. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { formatCount } from '../../ground/count.ts';
import { ShoalError } from '../../ground/errors.ts';
import type { SettingsValues } from '../../host/settings-section.ts';
import type { OpenSystem, Services } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';
import { createMount } from './api/mount.ts';
import type { DaemonOptions } from './commands/daemon-options.ts';
import { peerOptions } from './commands/open-peer.ts';
import type { RosterEntry } from './roster/entry.ts';
import { createOpener } from './opener.ts';
import { prepareFolder, requireFolders } from './roster/folders.ts';
import type { DecidedAtStart } from './roster/in-effect.ts';
import { logRoster } from './roster/log.ts';
import { findProgram, runOnDone } from './roster/on-done.ts';
import { Roster } from './roster/roster.ts';
import type { PeerOptions } from './share/options.ts';
import { createPeer } from './share/peer.ts';
import type { Settings } from './settings.ts';
import { openStoredSettings } from './stored-settings.ts';
import { statusOf } from './status.ts';
import type { StateDb } from './state/state-db.ts';
import { Updates } from './updates/updates.ts';

/** @throws ShoalError port-in-use, state-broken, bad-argument, … */
export async function open(services: Services, settings: SettingsValues): Promise<OpenSystem<Mount>> {
  const { state, database, signal, notice, log, keySecret, end } = services;
  const options = services.options as DaemonOptions;
  const onDone = options.onDone === undefined ? undefined : runnerOf(options.onDone, services);
  const { filter } = services;
  const blockList = services.useIfOn('rules')?.blockList;
  let stored = services.settings;
  const remembered = ({ roster: table }: StateDb): Partial<PeerOptions> => {
    stored = openStoredSettings(services.settings, settings, table);
    return startOptions(stored.values, options);
  };
  const claimed = { folder: state.folder, database };
  const peer = await createPeer({ ...(await peerOptions(options)), filter, claimed, remembered });
  for (const text of peer.state.notices) notice(text);
  const downloadDir = resolve(options.downloadDir ?? join(homedir(), 'Downloads'));
  const roster = new Roster(peer, {
    ...{ downloadDir, onDone, blockList, stored },
    decidedAtStart: decidedBy(options),
    openLink: (request) => services.openLink(request),
  });
  const { failure } = roster.blockList;
  if (failure !== undefined)
    services.complain(
      failure.code,
      `${failure.message}; the block list and the banned addresses are those that were kept before`,
    );
  const updates = new Updates(roster);
  if (log !== undefined) logRoster(log, roster);
  try {
    const refusal = await prepareFolder(downloadDir, signal);
    if (refusal !== undefined && options.downloadDir !== undefined) throw refusal;
    if (refusal !== undefined) notice(refusal.message);
    await roster.start(signal);
    updates.start();
  } catch (error) {
    await roster.close();
    throw error;
  }
  const shares = roster.all.length;
  return {
    surface: createMount({ roster, updates, keySecret, onClose: end }),
    ready: {
      line: `up with ${formatCount(shares, 'share')}, on port ${peer.port}`,
      facts: { peerPort: peer.port, shares },
      hintFor: (url) => `programs that speak Transmission's RPC find it at ${url}transmission/rpc`,
    },
    opener: createOpener(roster),
    status: () => statusOf(roster),
    settingsNow: () => ({ ...roster.settings }),
    configure: async (_, change) => {
      await requireFolders(change, roster.settings);
      roster.configure(change);
    },
    close: async () => {
      await updates.close();
      await roster.close();
    },
  };
}

/** What was set for the next start, unless the command line says something else. */
function startOptions(
  { usesDht, usesLsd, peerPort, encryption }: Partial<Settings>,
  options: DaemonOptions,
): Partial<PeerOptions> {
  return {
    ...(usesDht === false ? { dht: false } : {}),
    ...(usesLsd === false ? { lsd: false } : {}),
    ...(options.encryption === undefined && encryption !== undefined ? { encryption } : {}),
    ...(options.port === undefined && typeof peerPort === 'number' ? { port: peerPort } : {}),
  };
}

/** Settings that these options go before. */
function decidedBy({ dht, lsd, utp, tcp, port, encryption }: DaemonOptions): DecidedAtStart[] {
  const decided: DecidedAtStart[] = [];
  if (dht === false) decided.push('usesDht');
  if (lsd === false) decided.push('usesLsd');
  if (tcp === false) decided.push('usesTcp');
  else if (utp === true) decided.push('usesTcp', 'usesUtp');
  if (utp === false) decided.push('usesUtp');
  if (port !== undefined) decided.push('peerPort');
  if (encryption !== undefined) decided.push('encryption');
  return decided;
}

/** Runs the program of `--on-done`, and tells what goes wrong with it. @throws ShoalError when it cannot be run */
function runnerOf(name: string, { complain }: Services): (entry: RosterEntry) => void {
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
      complain('io-error', `--on-done for "${entry.name}": ${message}`);
    });
}
