/** The peer that a command runs, made from the options of the command line. */
import { join } from 'node:path';
import type { CommonOptions } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import { type DhtOptions, readNetworkSecret } from '../../../net/dht/node/start.ts';
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

/** Processes that a person may run side by side without naming state folders. */
const MAX_BESIDE = 9;

/**
 * Opens a peer. When another process uses the state folder and the person named none, this one takes the next: `beside-2`,
 * `beside-3`, … below it.
 * @param isBesideDaemon the daemon of the state folder is known to run: no surprise then, whoever named the folder
 * @throws ShoalError
 */
export async function openPeer(
  options: CommonOptions,
  output: Output,
  isBesideDaemon = false,
): Promise<ShoalPeer> {
  const settings = await peerOptions(options);
  for (let number = 1; ; number++) {
    const beside = number === 1 ? undefined : join(options.state ?? defaultStateDir(), `beside-${number}`);
    try {
      const peer = await createPeer({ ...settings, ...(beside === undefined ? {} : { stateDir: beside }) });
      const where = `another shoal runs: this one keeps its state in ${beside}`;
      if (beside !== undefined && isBesideDaemon) output.detail(where);
      else if (beside !== undefined) output.info(where);
      for (const notice of peer.state.notices) output.info(notice);
      return peer;
    } catch (error) {
      const isTaken = error instanceof ShoalError && error.code === 'state-in-use';
      if (!isTaken || (options.state !== undefined && !isBesideDaemon) || number === MAX_BESIDE) throw error;
    }
  }
}

/** @throws ShoalError when the network key can't be read */
export async function peerOptions(options: CommonOptions): Promise<PeerOptions> {
  return {
    dht: options.dht === false ? false : await dhtOptions(options),
    lsd: options.lsd,
    port: options.port,
    stateDir: options.state,
    ...(options.limitDown === undefined ? {} : { downloadLimit: options.limitDown }),
    ...(options.limitUp === undefined ? {} : { uploadLimit: options.limitUp }),
  };
}
