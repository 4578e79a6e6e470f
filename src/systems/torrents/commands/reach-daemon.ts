/**
 * The daemon that does the work of a command. Options that concern a whole process are followed where the daemon can, are
 * nothing to speak of where it does the same, and are refused where it does otherwise: never ignored, and never a reason for
 * a second peer that nobody asked for.
 */
import { resolve } from 'node:path';
import { commandLine } from '../../../cli/command-name.ts';
import type { CommonOptions } from '../../../cli/options.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { withTimeLimit } from '../../../ground/node/time-limit.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import { networkNameOf, readNetworkSecret } from '../../../net/dht/node/network-key.ts';
import type { AddRequest, PeerState } from '../api/types.ts';
import { formatPeer } from './daemon-requests.ts';
import { type Connected, connect } from './drive.ts';

/** A daemon that is up answers at once, also on a machine that is busy. */
const REACH_MS = 10_000;

export interface ReachedDaemon extends Connected {
  readonly status: PeerState;
  /** Its state folder. */
  readonly folder: string;
}

/**
 * The daemon of the state folder, if one is up, and if it does what the options of the command say of a whole process. It
 * has taken the DHT nodes that they name.
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
  await requireAgreement(options, status as PeerState, folder);
  const { dhtNode = [] } = options;
  if (dhtNode.length > 0)
    await connected.ask('POST', '/api/v1/torrents/dht-nodes', { nodes: dhtNode.map(formatPeer) });
  return { ...connected, status: status as PeerState, folder };
}

/** @throws ShoalError state-in-use; not-found, bad-argument when the network key cannot be read */
async function requireAgreement(options: CommonOptions, status: PeerState, folder: string): Promise<void> {
  const { networkKey } = options;
  const network = networkKey === undefined ? undefined : networkNameOf(await readNetworkSecret(networkKey));
  const other = disagreementOf(options, status, network);
  if (other === undefined) return;
  const { option, has, remedy = 'start the daemon with it' } = other;
  throw new ShoalError(
    'state-in-use',
    `the daemon that uses the state folder ${folder} would do it, and ${has}: leave out ${option}, ${remedy}, or name another folder with --state`,
  );
}

interface Disagreement {
  readonly option: string;
  /** The daemon, as the end of a sentence. */
  readonly has: string;
  /** What to do, where that is not to start it with the option. */
  readonly remedy?: string;
}

type ProcessOptions = Pick<CommonOptions, 'port' | 'encryption' | 'utp' | 'tcp' | 'dhtNode' | 'dhtRouter'>;
type WaysInEffect = Pick<PeerState['inEffect'], 'dht' | 'encryption' | 'usesTcp' | 'usesUtp'>;

/**
 * The option of a whole process in which a daemon does otherwise. Nodes to begin with are none: it takes them.
 * @param network the name of the DHT that the options mean
 */
export function disagreementOf(
  { port, encryption, utp, tcp, dhtNode, dhtRouter }: ProcessOptions,
  {
    peerPort,
    inEffect: { dht, encryption: inEffect, usesTcp, usesUtp },
  }: Pick<PeerState, 'peerPort'> & { readonly inEffect: WaysInEffect },
  network: string | undefined,
): Disagreement | undefined {
  // Any port will do for 0.
  if (port !== undefined && port !== 0 && port !== peerPort)
    return { option: '--port', has: `it listens on port ${peerPort}` };
  if (encryption !== undefined && encryption !== inEffect)
    return {
      option: '--encryption',
      has: `encryption is ${inEffect} there`,
      remedy: 'change its setting "encryption"',
    };
  if (utp !== undefined && utp !== usesUtp)
    return {
      option: utp ? '--utp' : '--no-utp',
      has: `it ${usesUtp ? 'uses' : 'does without'} uTP`,
      remedy: 'change its setting "usesUtp"',
    };
  // Without the option it is true as well.
  if (tcp === false && usesTcp)
    return { option: '--no-tcp', has: 'it uses TCP', remedy: 'change its setting "usesTcp"' };
  const ofDht = { '--network-key': network, '--dht-router': dhtRouter, '--dht-node': dhtNode };
  const first = Object.entries(ofDht).find(([, value]) => value !== undefined)?.[0];
  if (first === undefined) return undefined;
  if (dht === null)
    return { option: first, has: 'it does without the DHT', remedy: 'start the daemon with the DHT' };
  if (network !== undefined && network !== dht.network)
    return {
      option: '--network-key',
      has: `it is in ${dht.network === 'public' ? 'the public DHT' : 'the DHT of another group'}`,
    };
  if (dhtRouter !== undefined && !isSameSet(dhtRouter, dht.routers))
    return { option: '--dht-router', has: `it begins with ${describeRouters(dht.routers)}` };
  return undefined;
}

const isSameSet = (a: readonly string[], b: readonly string[] | null): boolean =>
  b !== null && a.every((one) => b.includes(one)) && b.every((one) => a.includes(one));

function describeRouters(routers: readonly string[] | null): string {
  if (routers === null) return 'the well-known DHT nodes';
  return routers.length === 0 ? 'none of the well-known DHT nodes' : `the DHT nodes ${routers.join(', ')}`;
}

type Ways = Pick<AddRequest, 'usesDht' | 'usesLsd'>;

/** How a share is to find peers: what the command line leaves open is as the peer has it. */
export const waysOf = ({ dht, lsd }: Pick<CommonOptions, 'dht' | 'lsd'>): Ways => ({
  ...(dht === false ? { usesDht: false } : {}),
  ...(lsd === false ? { usesLsd: false } : {}),
});
