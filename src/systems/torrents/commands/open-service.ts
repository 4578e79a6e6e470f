/**
 * Chooses who does the work of a command: the daemon of its state folder where one is up, else a peer in the command's own
 * process.
 */
import type { CommonOptions } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { DaemonService } from './daemon-service.ts';
import { reachDaemon } from './reach-daemon.ts';
import type { ShareService } from './share-service.ts';
import type { UpdateService } from './update-service.ts';

/** @throws ShoalError state-in-use when a daemon is up and cannot follow an option, or does not answer */
export async function openService(
  options: CommonOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ShareService> {
  const daemon = await reachDaemon(options, signal);
  if (daemon !== undefined) return new DaemonService(daemon);
  // Only now: beside a daemon, the engine is not loaded.
  const [{ OwnService }, { openPeerAnyway }] = await Promise.all([
    import('./own-service.ts'),
    import('./open-peer.ts'),
  ]);
  return new OwnService(await openPeerAnyway(options, output));
}

/**
 * The same for publications and follows. These own what they remember: beside another process that uses the state folder
 * they are refused.
 * @throws ShoalError state-in-use; unsupported without a DHT
 */
export async function openUpdates(
  options: CommonOptions,
  output: Output,
  signal: AbortSignal,
): Promise<UpdateService> {
  const daemon = await reachDaemon(options, signal);
  if (daemon !== undefined) {
    // Before a key is made for it.
    if (daemon.status.dhtNodes === null)
      throw new ShoalError(
        'unsupported',
        'a publication needs the DHT, and this daemon does without it: start it without --no-dht, and with the setting usesDht',
      );
    const { DaemonUpdates } = await import('./daemon-updates.ts');
    return new DaemonUpdates(daemon);
  }
  const [{ OwnUpdates }, { openPeer }] = await Promise.all([
    import('./own-updates.ts'),
    import('./open-peer.ts'),
  ]);
  return new OwnUpdates(await openPeer(options, output));
}
