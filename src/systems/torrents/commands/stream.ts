/**
 * `shoal stream`: plays a file of a share while it loads. The daemon does the work; where none is up, this command is the
 * daemon until it is stopped.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { commandLine } from '../../../cli/command-name.ts';
import type { AddRequest, FileSummary } from '../api/types.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type Connected, connectTo } from './drive.ts';
import { readTypedLink, requestOf } from './link.ts';
import { reachDaemon, waysOf } from './reach-daemon.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import type { Output } from '../../../cli/output.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { printable } from '../../../cli/terminal/format.ts';
import type { DaemonRunner } from '../../../host/system.ts';

export interface StreamOptions extends CommonOptions {
  readonly player?: string;
  readonly apiPort?: number;
  readonly downloadDir?: string;
}

const LOOK_MS = 300;

export async function runStream(
  link: string,
  file: string | undefined,
  options: StreamOptions,
  daemon: DaemonRunner,
): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal, beginStop) => {
    const request = { ...requestOf(link, await readTypedLink(link, options, signal)), ...waysOf(options) };
    const running = await reachDaemon(options, signal);
    if (running !== undefined) {
      refuseApiPort(options);
      const { ended } = await play(running, request, file, options, output, signal);
      await ended;
      return EXIT.done;
    }
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    let failure: unknown;
    await daemon.run({ apiPort: 0, ...options }, { signal: until, beginStop }, async ({ url, token }) => {
      const player = await play(connectTo(url, token, { signal }), request, file, options, output, signal);
      // With a player it ends with the player; without one, when a person stops it.
      void player.ended?.catch((error: unknown) => (failure = error)).finally(() => ended.abort());
    });
    if (failure !== undefined) throw failure;
    return EXIT.done;
  });
}

/** @throws ShoalError bad-argument */
function refuseApiPort({ apiPort }: StreamOptions): void {
  if (apiPort !== undefined)
    throw new ShoalError(
      'bad-argument',
      `the daemon is up and plays it on its own port: leave out --api-port, or stop the daemon with: ${commandLine('down')}`,
    );
}

/** @returns when the player ends; undefined without one */
async function play(
  { ask, url, add }: Connected,
  request: AddRequest,
  wanted: string | undefined,
  options: StreamOptions,
  output: Output,
  signal: AbortSignal,
): Promise<{ readonly ended?: Promise<void> }> {
  const { downloadDir, limitDown, limitUp } = options;
  const preferences = {
    isPaused: false,
    ...(limitDown === undefined ? {} : { downloadLimit: limitDown }),
    ...(limitUp === undefined ? {} : { uploadLimit: limitUp }),
  };
  const folder = downloadDir === undefined ? {} : { folder: resolve(downloadDir) };
  const { share, isNew } = await add({ ...request, ...preferences, ...folder });
  if (!isNew) await ask('PATCH', `/api/v1/shares/${share.id}`, preferences);
  output.info(`asking peers for the metadata of "${printable(share.name)}"`);
  let files: readonly FileSummary[] = [];
  while (files.length === 0) {
    if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
    ({ files } = (await ask('GET', `/api/v1/shares/${share.id}/files`)) as { files: FileSummary[] });
    if (files.length === 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const file = choose(files, wanted);
  const address = new URL(file.playerUrl, url);
  output.event('stream', {
    url: address.href,
    share: share.id,
    file: file.index,
    path: file.path,
    size: file.size,
  });
  output.result(address.href);
  const { player } = options;
  if (player === undefined) return {};
  const ended = new Promise<void>((resolve, reject) => {
    const child = spawn(player, [address.href], { stdio: 'ignore' });
    signal.addEventListener('abort', () => child.kill(), { once: true });
    child.once('error', (error) =>
      reject(new ShoalError('not-found', `cannot run ${player}: ${error.message}`)),
    );
    child.once('close', () => resolve());
  });
  return { ended };
}

/** The file with this path or number; else the largest that can be played, or the largest of all. */
function choose(files: readonly FileSummary[], wanted: string | undefined): FileSummary {
  if (wanted !== undefined) {
    const found = files.find(
      ({ path, index }) => path === wanted || `${index}` === wanted || path.endsWith(`/${wanted}`),
    );
    if (found !== undefined) return found;
    const names = files.slice(0, 20).map(({ index, path }) => `${index} ${printable(path)}`);
    throw new ShoalError('bad-argument', `there is no file "${wanted}"; there are: ${names.join(', ')}`);
  }
  const playable = files.filter(({ kind }) => kind === 'video' || kind === 'audio');
  return (playable.length > 0 ? playable : files).reduce((a, b) => (b.size > a.size ? b : a));
}
