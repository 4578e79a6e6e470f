/**
 * The daemon that does the work of a command. Options that concern a whole process are refused beside a daemon that does
 * otherwise: never ignored, and never a reason for a second peer that nobody asked for.
 */
import { resolve } from 'node:path';
import { commandLine } from '../../../cli/command-name.ts';
import type { CommonOptions } from '../../../cli/options.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import type { AddRequest, PeerState } from '../api/types.ts';
import { type Connected, connect } from './drive.ts';

/** A daemon that is up answers at once, also on a machine that is busy. */
const REACH_MS = 10_000;

export interface ReachedDaemon extends Connected {
  readonly status: PeerState;
  /** Its state folder. */
  readonly folder: string;
}

/**
 * The daemon of the state folder, if one is up, and if it does what the options of the command say of a whole process.
 * @throws ShoalError state-in-use otherwise; aborted
 */
export async function reachDaemon(
  options: CommonOptions,
  signal: AbortSignal,
): Promise<ReachedDaemon | undefined> {
  const connected = connect(options, signal);
  if (connected === undefined) return undefined;
  const folder = resolve(options.state ?? defaultStateDir());
  const asked = connected.ask('GET', '/api/v1/status');
  const status = await withTimeLimit(connected.url, asked, { ms: REACH_MS, signal }).catch(
    (error: unknown) => {
      if (signal.aborted) throw new ShoalError('aborted', 'interrupted', error);
      // It answers, and has no such place.
      if (error instanceof ShoalError && error.code === 'not-found')
        throw new ShoalError(
          'unsupported',
          `torrents is off in the daemon that uses the state folder ${folder}: switch it on with: ${commandLine('systems on torrents')}, and start the daemon again, or name another folder with --state`,
          error,
        );
      throw new ShoalError(
        'state-in-use',
        `the daemon that uses the state folder ${folder} does not answer: end it with: ${commandLine('down')}, or name another folder with --state`,
        error,
      );
    },
  );
  requireAgreement(options, status as PeerState, folder);
  return { ...connected, status: status as PeerState, folder };
}

/** @throws ShoalError state-in-use */
function requireAgreement(options: CommonOptions, { peerPort }: PeerState, folder: string): void {
  const other = disagreementOf(options, peerPort);
  if (other === undefined) return;
  throw new ShoalError(
    'state-in-use',
    `the daemon that uses the state folder ${folder} does it, and has ${other.what} of its own: leave out ${other.option}, start the daemon with it, or name another folder with --state`,
  );
}

/** The option of a whole process in which a daemon does otherwise. What network it is in cannot be compared from here. */
export function disagreementOf(
  { port, dhtNode, dhtRouter, networkKey }: CommonOptions,
  peerPort: number,
): { readonly option: string; readonly what: string } | undefined {
  // Any port will do for 0.
  if (port !== undefined && port !== 0 && port !== peerPort)
    return { option: '--port', what: `port ${peerPort}` };
  const ofDht = { '--network-key': networkKey, '--dht-node': dhtNode, '--dht-router': dhtRouter };
  const option = Object.entries(ofDht).find(([, value]) => value !== undefined)?.[0];
  return option === undefined ? undefined : { option, what: 'a DHT' };
}

type Ways = Pick<AddRequest, 'usesDht' | 'usesLsd'>;

/** How a share is to find peers: what the command line leaves open is as the peer has it. */
export const waysOf = ({ dht, lsd }: Pick<CommonOptions, 'dht' | 'lsd'>): Ways => ({
  ...(dht === false ? { usesDht: false } : {}),
  ...(lsd === false ? { usesLsd: false } : {}),
});
