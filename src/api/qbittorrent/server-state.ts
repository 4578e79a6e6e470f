/** The peer as a whole in qBittorrent's terms: rates, and all at once for remote controls. */
import type { Session } from '../../session/session.ts';
import { infoOf, tagsOf } from './torrents.ts';

const limit = (value: number | null): number => value ?? 0;

export function transferInfo(session: Session): Readonly<Record<string, unknown>> {
  let [down, up, downloaded, uploaded] = [0, 0, 0, 0];
  for (const { share } of session.all) {
    const status = share?.status();
    down += status?.downloadRate ?? 0;
    up += status?.uploadRate ?? 0;
    downloaded += status?.downloadedBytes ?? 0;
    uploaded += status?.uploadedBytes ?? 0;
  }
  const nodes = session.peer.dht?.status().reduce((sum, { good }) => sum + good, 0) ?? 0;
  return {
    dl_info_speed: Math.round(down),
    dl_info_data: downloaded,
    up_info_speed: Math.round(up),
    up_info_data: uploaded,
    dl_rate_limit: limit(session.settings.downloadLimit),
    up_rate_limit: limit(session.settings.uploadLimit),
    dht_nodes: nodes,
    connection_status: session.peer.wasReached ? 'connected' : 'firewalled',
  };
}

/** Always all of it: who asks with a number gets the next. */
export function maindata(session: Session, rid: number): object {
  const torrents = session.all.map((held) => [held.entry.key.slice(0, 40), infoOf(session, held)] as const);
  return {
    rid: (Number.isSafeInteger(rid) ? rid : 0) + 1,
    full_update: true,
    torrents: Object.fromEntries(torrents),
    categories: Object.fromEntries(
      Object.entries(session.settings.labels).map(([name, { folder }]) => [
        name,
        { name, savePath: folder ?? '' },
      ]),
    ),
    tags: [...new Set(session.all.flatMap((held) => tagsOf(session, held)))],
    server_state: {
      ...transferInfo(session),
      use_alt_speed_limits: session.settings.isSlow,
      queueing: session.settings.maxDownloads !== null,
      refresh_interval: 1500,
    },
  };
}
