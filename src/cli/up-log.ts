/** Structured logs of the always-on peer, one JSON object a line (pino): for journals and collectors, not for people. */
import { destination, type Logger, pino } from 'pino';
import { dirname, resolve } from 'node:path';
import type { ApiServer } from '../api/server.ts';
import { makeFolderSync } from '../ground/node/make-folder.ts';
import type { Session } from '../session/session.ts';

/** @param file standard error when absent */
export function openLog(level: string, file: string | undefined): Logger {
  if (file !== undefined) makeFolderSync(dirname(resolve(file)));
  return pino({ level, base: null }, destination({ dest: file ?? 2, sync: true }));
}

/** Tells it all that happens from now on. */
export function logSession(log: Logger, session: Session): void {
  session.onLine = ({ entry, name }, text) => log.debug({ share: entry.id, hash: entry.key, name }, text);
  session.listen((event) => {
    if (event.type === 'removed') return log.info({ event: event.type, share: event.id, hash: event.key });
    const { id, key } = event.entry;
    const held = session.find(id);
    const about = { event: event.type, share: id, hash: key, name: held?.name };
    if (event.type !== 'changed') return log.info(about);
    if (held?.failure !== undefined) log.error({ ...about, code: held.failure.code }, held.failure.message);
    else log.debug({ ...about, wishes: event.entry.wishes });
    return undefined;
  });
}

export function logApi(log: Logger, api: ApiServer): void {
  api.onRefused = (facts) => log.warn({ event: 'refused', ...facts });
}
