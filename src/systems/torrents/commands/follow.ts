/** `shoal follow`: keeps a folder at the newest version of what somebody publishes. */
import { commandLine } from '../../../cli/command-name.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatBytes, printable } from '../../../cli/terminal/format.ts';
import { parseUpdateLink } from '../../../data/content/update-link.ts';
import type { Address } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { openUpdates } from './open-service.ts';
import { showShare } from './share-view.ts';
import type { ServedFollowEvent, FollowRequest, ServedFollow, UpdateService } from './update-service.ts';

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
  let number: number | undefined;
  await runCommand(
    output,
    async (signal) => {
      const link = parseUpdateLink(text);
      if (!link.ok)
        throw ShoalError.fromMalformed('bad-link', 'this is no link to a publication', link.error);
      const service = await openUpdates(options, output, signal);
      try {
        const follow = await service.follow(requestOf(text, options, output, signal));
        ({ number } = follow);
        await tellAll(service, follow, options, output);
      } finally {
        await service.close();
      }
      return EXIT.done;
    },
    () =>
      number === undefined
        ? 'stopped; the folder is whole, the same command goes on'
        : `the daemon goes on following it, until: ${commandLine(`follows remove ${number}`)}`,
  );
}

function requestOf(
  link: string,
  options: FollowCommandOptions,
  output: Output,
  signal: AbortSignal,
): FollowRequest {
  const { every } = options;
  return {
    link,
    folder: options.output ?? '.',
    everySeconds: every === undefined ? undefined : Math.max(MIN_EVERY_SECONDS, every),
    peers: options.peer ?? [],
    downloadLimit: options.limitDown,
    uploadLimit: options.limitUp,
    ...(options.lsd === false ? { usesLsd: false } : {}),
    signal,
    intervalMs: output.intervalMs,
    hasMap: output.isLive,
    onReport: (report) => showShare(output, report),
    onDetail: (line) => output.detail(line),
  };
}

/** In the own process until the signal; the daemon goes on by itself when a version is here. */
async function tellAll(
  { isDaemon }: UpdateService,
  follow: ServedFollow,
  { once, timeout }: FollowCommandOptions,
  output: Output,
): Promise<void> {
  const deadline = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout * 1000;
  let hasSome = false;
  for await (const event of follow.events()) {
    tell(event, output);
    hasSome ||= event.type === 'version' || event.type === 'up-to-date';
    if (hasSome && once === true) await follow.end();
    if (hasSome && isDaemon) break;
    if (!hasSome && event.type === 'nothing-found' && performance.now() >= deadline) {
      await follow.end();
      throw new ShoalError('nothing-found', `nobody has a version of it within ${timeout} s`);
    }
  }
  const { number } = follow;
  if (hasSome && number !== undefined && once !== true)
    output.info(
      `the daemon keeps it up to date, as follow ${number}, until: ${commandLine(`follows remove ${number}`)}`,
    );
}

function tell(event: ServedFollowEvent, output: Output): void {
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
