/** The peer as a whole in qBittorrent's terms: rates, and all at once for remote controls. */
import type { Session } from '../roster/session.ts';
import { allTagsOf, categoriesOf } from './categories.ts';
import { infoOf } from './torrents.ts';

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
export async function maindata(session: Session, rid: number): Promise<object> {
  const torrents = session.all.map((held) => [held.entry.key.slice(0, 40), infoOf(session, held)] as const);
  return {
    rid: (Number.isSafeInteger(rid) ? rid : 0) + 1,
    full_update: true,
    torrents: Object.fromEntries(torrents),
    categories: categoriesOf(session),
    tags: allTagsOf(session),
    trackers: trackersOf(session),
    server_state: {
      ...transferInfo(session),
      ...(await totalsOf(session)),
      use_alt_speed_limits: session.settings.isSlow,
      queueing: session.settings.maxDownloads !== null || session.settings.maxSeeds !== null,
      use_subcategories: false,
      refresh_interval: 1500,
    },
  };
}

/** Of the shares that are here, in all runs. */
async function totalsOf(session: Session): Promise<object> {
  let [downloaded, uploaded, peers] = [0, 0, 0];
  for (const { totals, share } of session.all) {
    downloaded += totals.downloaded;
    uploaded += totals.uploaded;
    peers += share?.status().peers ?? 0;
  }
  const room = await session.space.look(session.downloadDir).catch(() => undefined);
  return {
    alltime_dl: downloaded,
    alltime_ul: uploaded,
    global_ratio: downloaded === 0 ? '-' : (uploaded / downloaded).toFixed(2),
    total_peer_connections: peers,
    free_space_on_disk: room?.free ?? -1,
  };
}

/** Which shares each tracker is asked for. */
function trackersOf(session: Session): Readonly<Record<string, readonly string[]>> {
  const hashesOf = new Map<string, string[]>();
  for (const { entry, share } of session.all)
    for (const { url } of share?.status().trackers ?? []) {
      const hashes = hashesOf.get(url);
      if (hashes === undefined) hashesOf.set(url, [entry.key.slice(0, 40)]);
      else hashes.push(entry.key.slice(0, 40));
    }
  return Object.fromEntries(hashesOf);
}
