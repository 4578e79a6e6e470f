/** The peer that a command runs, made from the options of the command line. */
import { resolve } from 'node:path';
import type { CommonOptions } from '../../../cli/options.ts';
import { openStandingFilter } from '../../../cli/standing-filter.ts';
import type { Output } from '../../../cli/output.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import { claimTemporaryState } from '../../../host/state/temporary-state.ts';
import { readNetworkSecret } from '../../../net/dht/node/network-key.ts';
import type { DhtOptions } from '../../../net/dht/node/start.ts';
import type { TransportChoice } from '../../../net/link/core/raced.ts';
import type { PeerOptions } from '../share/options.ts';
import { createPeer, type ShoalPeer } from '../share/peer.ts';

/** @throws ShoalError when the network key can't be read */
export async function dhtOptions(options: CommonOptions): Promise<DhtOptions> {
  return {
    nodes: options.dhtNode,
    routers: options.dhtRouter,
    networkSecret: options.networkKey === undefined ? undefined : await readNetworkSecret(options.networkKey),
    queriesPerSecond: options.queriesPerSecond,
  };
}

export interface OpenedPeer {
  readonly peer: ShoalPeer;
  /** Closes the peer, and removes a state folder of this run alone. */
  close(): Promise<void>;
}

/** Opens a peer with the state folder of the command. @throws ShoalError state-in-use, … */
export async function openPeer(options: CommonOptions, output: Output): Promise<OpenedPeer> {
  const opened = await openFiltered(options, await peerOptions(options));
  for (const notice of opened.peer.state.notices) output.info(notice);
  return opened;
}

/** It keeps to the rules in the state folder of the daemon. */
async function openFiltered(options: CommonOptions, given: PeerOptions): Promise<OpenedPeer> {
  const standing = await openStandingFilter(options);
  try {
    const peer = await createPeer({ ...given, filter: standing.filter });
    return { peer, close: () => peer.close().finally(() => standing.close()) };
  } catch (error) {
    standing.close();
    throw error;
  }
}

/**
 * Opens a peer beside the process that uses the state folder. It forgets everything when it ends, so it is for commands
 * that need no memory.
 * @throws ShoalError
 */
export async function openPeerBeside(options: CommonOptions): Promise<OpenedPeer> {
  const claimed = claimTemporaryState(resolve(options.state ?? defaultStateDir()));
  try {
    const { peer, close } = await openFiltered(options, { ...(await peerOptions(options)), claimed });
    return { peer, close: () => close().finally(() => claimed.release()) };
  } catch (error) {
    claimed.release();
    throw error;
  }
}

/**
 * The same as `openPeer`; where another process uses the state folder, and the person named none, beside it.
 * @throws ShoalError state-in-use, …
 */
export async function openPeerAnyway(options: CommonOptions, output: Output): Promise<OpenedPeer> {
  try {
    return await openPeer(options, output);
  } catch (error) {
    const isTaken = error instanceof ShoalError && error.code === 'state-in-use';
    if (!isTaken || options.state !== undefined) throw error;
    const holder = error.message.slice(0, error.message.indexOf(':'));
    output.info(`${holder}: this command keeps its state until it ends, and no longer`);
    return openPeerBeside(options);
  }
}

/** Undefined when the options say nothing. @throws ShoalError bad-argument */
export function transportsOf({ utp, tcp }: Pick<CommonOptions, 'utp' | 'tcp'>): TransportChoice | undefined {
  if (utp === false && tcp === false)
    throw new ShoalError('bad-argument', '--no-utp and --no-tcp leave no way to any peer');
  if (utp === false) return 'tcp';
  if (tcp === false) return 'utp';
  return utp === true ? 'both' : undefined;
}

/** @throws ShoalError when the network key can't be read */
export async function peerOptions(options: CommonOptions): Promise<PeerOptions> {
  return {
    dht: options.dht === false ? false : await dhtOptions(options),
    lsd: options.lsd,
    encryption: options.encryption,
    transports: transportsOf(options),
    port: options.port,
    stateDir: options.state,
    ...(options.limitDown === undefined ? {} : { downloadLimit: options.limitDown }),
    ...(options.limitUp === undefined ? {} : { uploadLimit: options.limitUp }),
  };
}
