/** `shoal down`: ends the daemon of a state folder, and reports when its process has ended. */
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readAddress } from '../host/daemon-address.ts';
import { ShoalError } from '../ground/errors.ts';
import { defaultStateDir, isStateClaimed } from '../host/state/state-folder.ts';
import { connectDaemonAt, describeInterruption, type DriveOptions, isDown } from '../cli/daemon-client.ts';
import { createOutput } from '../cli/options.ts';
import type { Output } from '../cli/output.ts';
import { EXIT, runCommand, STOP_MS } from '../cli/run.ts';

/** The daemon answers before it begins to stop. */
const ANSWER_MS = 3000;
/** The daemon has `STOP_MS` to stop by itself; then it is killed. */
const DOWN_MS = STOP_MS + 1500;
/** The system ends a process at once, unless it waits for a disk that takes no interruption. */
const KILL_MS = 2000;
const LOOK_MS = 50;

export async function runDown(options: DriveOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal) => {
      await endDaemon(resolve(options.state ?? defaultStateDir()), output, signal);
      return EXIT.done;
    },
    describeInterruption,
  );
}

async function endDaemon(folder: string, output: Output, signal: AbortSignal): Promise<void> {
  const address = readAddress(folder);
  if (address === undefined || !isStateClaimed(folder)) throw isDown(folder);
  const { url, token, pid } = address;
  const deadline = performance.now() + DOWN_MS;
  const isOurs = pid !== undefined && holdsState(pid, folder);
  const { ask } = connectDaemonAt(url, token, {
    folder,
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  });
  try {
    await ask('POST', '/api/v1/down');
  } catch (error) {
    // A daemon that is stopping already, or is stuck, does not answer; one that refuses does.
    const isSilent = error instanceof ShoalError && (error.code === 'not-found' || error.code === 'aborted');
    if (signal.aborted || !isSilent || !isOurs) throw error;
  }
  // An older daemon tells no process number.
  if (pid === undefined) return output.info('the daemon goes down; all shares resume at the next start');
  // In another container, or under another account: here the number means another process, or one that we may not see.
  if (existsSync('/proc/self') && !isOurs) return untilReleased(folder, deadline, output, signal);
  // A daemon that closed everything removes its address last.
  if (await hasEnded(pid, deadline, signal)) return tell(output, readAddress(folder)?.pid === pid);
  // Not another process that got the number since.
  const mayKill = holdsState(pid, folder);
  if (mayKill) process.kill(pid, 'SIGKILL');
  if (mayKill && (await hasEnded(pid, performance.now() + KILL_MS, signal))) return tell(output, true);
  const why = mayKill ? 'force did not help either: it waits for a disk' : `end it with: kill -9 ${pid}`;
  throw new ShoalError('io-error', `the daemon (process ${pid}) does not end; ${why}`);
}

/** Until the state folder is free. @throws ShoalError io-error when it is not in time */
async function untilReleased(
  folder: string,
  deadline: number,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  while (isStateClaimed(folder)) {
    if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
    if (performance.now() > deadline)
      throw new ShoalError(
        'io-error',
        `the daemon of ${folder} does not end; it runs in another container or under another account: end it there`,
      );
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  tell(output, false);
}

function tell(output: Output, isForced: boolean): void {
  output.event('down', { isForced });
  output.info(
    isForced
      ? 'the daemon is down, but could not close all in time: the latest data is checked at the next start'
      : 'the daemon is down; all shares resume at the next start',
  );
}

async function hasEnded(pid: number, deadline: number, signal: AbortSignal): Promise<boolean> {
  while (isAlive(pid)) {
    if (signal.aborted) throw new ShoalError('aborted', 'interrupted');
    if (performance.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another account exists all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    // It has ended, but its parent has not collected it yet; its first thread may end before the others.
    const isZombie = /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return !isZombie || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return !existsSync('/proc/self');
  }
}

/**
 * True when the process holds the lock of the state folder open, so that it is the daemon, and not a later process with
 * that number or one in another container. Where the system does not tell, no process is killed.
 */
function holdsState(pid: number, folder: string): boolean {
  const open = `/proc/${pid}/fd`;
  try {
    const lock = realpathSync(join(folder, 'peer.lock'));
    return readdirSync(open).some((fd) => linkOf(join(open, fd)) === lock);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
