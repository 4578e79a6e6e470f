/** `shoal follow`: keeps a folder at the newest version of what somebody publishes. */
import { parseUpdateLink } from '../../../data/content/update-link.ts';
import type { Address } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { Follower, type FollowEvent } from '../share/follow.ts';
import { resolvePeers } from '../../../net/link/node/resolve-peers.ts';
import type { Share } from '../share/share.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { openPeer } from './open-peer.ts';
import type { Output } from '../../../cli/output.ts';
import { reportOn } from '../share/report.ts';
import { showShare } from './share-view.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';

export interface FollowCommandOptions extends CommonOptions {
  readonly output?: string;
  readonly once?: boolean;
  readonly every?: number;
  readonly peer?: readonly Address[];
  readonly timeout?: number;
}

const MIN_EVERY_SECONDS = 5;

export async function runFollow(text: string, options: FollowCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      const link = parseUpdateLink(text);
      if (!link.ok)
        throw ShoalError.fromMalformed('bad-link', 'this is no link to a publication', link.error);
      const opened = await openPeer(options, output);
      const { peer } = opened;
      const stop = new AbortController();
      const stopped = AbortSignal.any([signal, stop.signal]);
      try {
        const follower = new Follower(peer, {
          link: link.value,
          outputDir: options.output ?? '.',
          everySeconds: options.every === undefined ? undefined : Math.max(MIN_EVERY_SECONDS, options.every),
          peers: await resolvePeers(options.peer ?? []),
          signal: stopped,
          onNotice: (message) => output.detail(message),
        });
        const deadline =
          options.timeout === undefined
            ? Number.POSITIVE_INFINITY
            : performance.now() + options.timeout * 1000;
        let showing: Promise<void> = Promise.resolve();
        let hasSome = false;
        for await (const event of follower.run()) {
          if (event.type === 'fetching') showing = show(event.share, output, stopped);
          else await showing;
          report(event, output);
          hasSome ||= event.type === 'version' || event.type === 'up-to-date';
          if (options.once === true && hasSome) stop.abort();
          if (!hasSome && event.type === 'nothing-found' && performance.now() >= deadline) {
            throw new ShoalError('nothing-found', `nobody has a version of it within ${options.timeout} s`);
          }
        }
      } finally {
        await opened.close();
      }
      return EXIT.done;
    },
    () => 'stopped; the folder is whole, the same command goes on',
  );
}

async function show(share: Share, output: Output, signal: AbortSignal): Promise<void> {
  for await (const status of share.progress({ intervalMs: output.intervalMs, signal })) {
    showShare(output, reportOn(share, status, output.isLive));
    if (status.phase === 'seeding' || status.phase === 'failed') return;
  }
}

function report(event: FollowEvent, output: Output): void {
  switch (event.type) {
    case 'nothing-found':
      output.event('nothing-found');
      output.info('nobody has a version of it yet: looking again');
      break;
    case 'up-to-date':
      output.event('up-to-date', { sequence: event.sequence, path: event.path });
      output.detail(`version ${event.sequence} is the newest`);
      break;
    case 'fetching':
      output.event('fetching', { sequence: event.sequence });
      output.info(`version ${event.sequence} is out`);
      break;
    case 'version': {
      const { sequence, path, size, reusedBytes, downloadBytes, kept } = event;
      output.event('version', { sequence, path, size, reusedBytes, downloadBytes, kept: kept ?? null });
      output.info(
        `version ${sequence}: ${formatBytes(size)}, of which ${formatBytes(downloadBytes)} were new and ${formatBytes(reusedBytes)} here already`,
      );
      if (kept !== undefined)
        output.info(`the old version had been changed here and is kept as ${printable(kept)}`);
      output.result(printable(path));
    }
  }
}
