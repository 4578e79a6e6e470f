/** The frame around each command: Ctrl-C, errors, exit statuses. */
import { spawn } from 'node:child_process';
import { fromDatabaseError, ShoalError } from '../ground/errors.ts';
import { EXIT, ErrorTable } from '../host/errors.ts';
import type { Output } from './output.ts';
import { GLYPHS, UNICODE } from './terminal/glyphs.ts';

export { EXIT } from '../host/errors.ts';

let errors = new ErrorTable();

/** The errors of the program, with those of its systems: once, before a command is run. */
export function declareErrors(table: ErrorTable): void {
  errors = table;
}

/**
 * The limit of a clean stop. Data that the disk has not saved by then is checked at the next start, as after a crash.
 * `shoal down` promises an end within 10 s.
 */
export const STOP_MS = 8000;
/** Time for sockets that linger. */
const LINGER_MS = 500;
/** Time for threads to end when the work is done. A lookup at a dead name server takes most of it. */
const EXIT_SECONDS = 12;
/** The same after Ctrl-C, and for a daemon that is told to end. */
const INTERRUPTED_SECONDS = 1;
/** A deadly signal ends the process at once, unless it is blocked. */
const SIGNAL_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends the process now, by the signal that asked for it. `process.exit` joins all threads, and one that waits for a disk
 * may wait for ever.
 */
function die(signal: NodeJS.Signals = 'SIGTERM'): void {
  process.removeAllListeners(signal);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), SIGNAL_MS);
  process.kill(process.pid, signal);
}

/** Work in threads that the event loop knows of. */
const THREAD_WORK: ReadonlySet<string> = new Set(['FSReqCallback', 'FSReqPromise', 'MessagePort']);

/**
 * Ends the process with a status. It joins all threads first; where one does not end, a helper ends the process.
 * @param asked the signal that ended the work
 */
function exit(status: number, isService: boolean, asked: NodeJS.Signals | undefined): void {
  for (const name of SIGNALS) process.removeAllListeners(name);
  // Not all work in threads is listed.
  const mayHang = isService || status !== EXIT.done;
  if (mayHang || process.getActiveResourcesInfo().some((resource) => THREAD_WORK.has(resource))) {
    // Nothing is sent once it has ended: another process may have its number.
    const script =
      'n=0; while [ $n -lt "$0" ]; do kill -0 "$1" || exit; sleep 1; n=$((n+1)); done; kill -s "$2" "$1" || exit; sleep 1; kill -s KILL "$1"';
    const seconds = asked === undefined && !isService ? EXIT_SECONDS : INTERRUPTED_SECONDS;
    const signal = (asked ?? 'SIGTERM').replace('SIG', '');
    const args = ['-c', script, `${seconds}`, `${process.pid}`, signal];
    const helper = spawn('/bin/sh', args, { detached: true, stdio: 'ignore' });
    helper.on('error', () => {});
    helper.unref();
  }
  process.exit(status);
}

/** A command's work. @param beginStop says that it is to end: it has `STOP_MS` for that */
export type Work = (signal: AbortSignal, beginStop: () => void) => Promise<number>;

/**
 * Runs a command. The first Ctrl-C (or SIGTERM, SIGHUP) aborts `signal`, and the command stops cleanly, within `STOP_MS`;
 * a second one ends the process at once.
 * @param hint said after an interruption: how to go on
 */
export async function runCommand(
  output: Output,
  work: Work,
  hint?: () => string | undefined,
  /** A service is stopped by SIGTERM: that is no failure. */
  isService = false,
): Promise<void> {
  const abort = new AbortController();
  let asked: NodeJS.Signals | undefined;
  let stopping: NodeJS.Timeout | undefined;
  const beginStop = (name?: NodeJS.Signals): void => {
    stopping ??= setTimeout(() => {
      output.error(
        'io-error',
        `not all could be closed within ${STOP_MS / 1000} s (is a disk slow, or gone?): the latest data is checked at the next start`,
      );
      die(name);
    }, STOP_MS).unref();
  };
  const onSignal = (name: NodeJS.Signals): void => {
    if (abort.signal.aborted) return die(name);
    asked = name;
    beginStop(name);
    abort.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  // A reader that closes the pipe (`shoal … | head`) gets no stack trace.
  process.stdout.on('error', () => process.exit(EXIT.failed));
  // Sockets and timers of the network hold no process; a command that works does.
  const hold = setInterval(() => {}, 0x7fffffff);
  let status: number;
  try {
    status = await work(abort.signal, beginStop);
  } catch (thrown) {
    const error = fromDatabaseError(thrown) ?? thrown;
    status = abort.signal.aborted ? EXIT.interrupted : errors.exitStatusOf(error);
    if (status !== EXIT.interrupted) reportError(output, error);
  } finally {
    clearInterval(hold);
    clearTimeout(stopping);
  }
  if (abort.signal.aborted && isService && asked === 'SIGTERM') status = EXIT.done;
  else if (abort.signal.aborted) {
    output.error('aborted', hint?.() ?? 'interrupted');
    status = EXIT.interrupted;
  }
  process.exitCode = status;
  // Sockets that linger (a dead tracker, a peer that never reads) must not hold the prompt.
  setTimeout(() => exit(status, isService, asked), LINGER_MS).unref();
}

function reportError(output: Output, error: unknown): void {
  if (error instanceof ShoalError) output.error(error.code, error.message, error.detail);
  else {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    output.error('bug', `this is a bug in Shoal, please report it: ${detail}`);
  }
}

/** For the end of a command's help. */
export function examples(lines: readonly string[]): string {
  const cut = GLYPHS.cut === UNICODE.cut ? UNICODE.cut : '...';
  return `\nExamples:\n${lines.map((line) => `  $ ${line.replaceAll(UNICODE.cut, cut)}`).join('\n')}\n`;
}
