/** What happens to shares, in the structured log of the daemon. */
import type { SystemLog } from '../../../host/system.ts';
import type { Roster } from './roster.ts';

/** Tells it all that happens from now on. */
export function logRoster(log: SystemLog, roster: Roster): void {
  roster.listenToLines(({ stored, name }, text) =>
    log.debug({ share: stored.id, hash: stored.key, name }, text),
  );
  roster.listen((event) => {
    if (event.type === 'removed') return log.info({ event: event.type, share: event.id, hash: event.key });
    const { id, key } = event.stored;
    const entry = roster.find(id);
    const about = { event: event.type, share: id, hash: key, name: entry?.name };
    if (event.type !== 'changed') return log.info(about);
    if (entry?.failure !== undefined)
      log.error({ ...about, code: entry.failure.code }, entry.failure.message);
    else log.debug({ ...about, preferences: event.stored.preferences });
    return undefined;
  });
}
