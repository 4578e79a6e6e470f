/** Structured logs of the daemon, one JSON object a line (pino): for journals and collectors, not for people. */
import { destination, type Logger, pino } from 'pino';
import { closeSync, constants, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ApiServer } from '../http/server.ts';
import { fromSystemError } from '../ground/errors.ts';
import { makeFolder } from '../ground/node/make-folder.ts';

/** The level of a log file for which no level was chosen: an administrator wants that much. */
export const DEFAULT_LEVEL = 'info';

/**
 * @param file standard error when absent
 * @throws ShoalError when the file can't be written
 */
export async function openLog(level: string, file: string | undefined): Promise<Logger> {
  if (file !== undefined) await requireWritable(resolve(file));
  return pino({ level, base: null }, destination({ dest: file ?? 2, sync: true }));
}

/** pino reports no failure to open its file. A pipe without a reader fails here, instead of waiting for one. */
async function requireWritable(path: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
  try {
    await makeFolder(dirname(path));
    closeSync(openSync(path, flags, 0o640));
  } catch (error) {
    throw fromSystemError(`cannot write the log file ${path}`, error);
  }
}

export function logApi(log: Logger, api: ApiServer): void {
  api.onRefused = (facts) => log.warn({ event: 'refused', ...facts });
}
