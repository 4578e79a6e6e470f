/** The state of the daemon in qBittorrent's terms: rates, and everything at once for remote controls. */
import type { Roster } from '../roster/roster.ts';
import { allTagsOf, categoriesOf } from './categories.ts';
import { infoOf } from './torrents.ts';

const limit = (value: number | null): number => value ?? 0;

export function transferInfo(roster: Roster): Readonly<Record<string, unknown>> {
  let [down, up, downloaded, uploaded] = [0, 0, 0, 0];
  for (const { share } of roster.all) {
    const status = share?.status();
    down += status?.downloadRate ?? 0;
    up += status?.uploadRate ?? 0;
    downloaded += status?.downloadedBytes ?? 0;
    uploaded += status?.uploadedBytes ?? 0;
  }
  const nodes = roster.peer.dht?.status().reduce((sum, { good }) => sum + good, 0) ?? 0;
  return {
    dl_info_speed: Math.round(down),
    dl_info_data: downloaded,
    up_info_speed: Math.round(up),
    up_info_data: uploaded,
    dl_rate_limit: limit(roster.settings.downloadLimit),
    up_rate_limit: limit(roster.settings.uploadLimit),
    dht_nodes: nodes,
    connection_status: roster.peer.wasReached ? 'connected' : 'firewalled',
  };
}

/** Every answer is complete; its `rid` is that of the request plus one. */
export async function maindata(roster: Roster, rid: number): Promise<object> {
  const torrents = roster.all.map((entry) => [entry.stored.key.slice(0, 40), infoOf(roster, entry)] as const);
  return {
    rid: (Number.isSafeInteger(rid) ? rid : 0) + 1,
    full_update: true,
    torrents: Object.fromEntries(torrents),
    categories: categoriesOf(roster),
    tags: allTagsOf(roster),
    trackers: trackersOf(roster),
    server_state: {
      ...transferInfo(roster),
      ...(await totalsOf(roster)),
      use_alt_speed_limits: roster.settings.isSlow,
      queueing: roster.settings.maxDownloads !== null || roster.settings.maxSeeds !== null,
      use_subcategories: false,
      refresh_interval: 1500,
    },
  };
}

/** Totals of the present shares over all runs. */
async function totalsOf(roster: Roster): Promise<object> {
  let [downloaded, uploaded, peers] = [0, 0, 0];
  for (const { totals, share } of roster.all) {
    downloaded += totals.downloaded;
    uploaded += totals.uploaded;
    peers += share?.status().peers ?? 0;
  }
  const room = await roster.space.look(roster.downloadDir).catch(() => undefined);
  return {
    alltime_dl: downloaded,
    alltime_ul: uploaded,
    global_ratio: downloaded === 0 ? '-' : (uploaded / downloaded).toFixed(2),
    total_peer_connections: peers,
    free_space_on_disk: room?.free ?? -1,
  };
}

/** The shares that announce to each tracker. */
function trackersOf(roster: Roster): Readonly<Record<string, readonly string[]>> {
  const hashesOf = new Map<string, string[]>();
  for (const { stored, share } of roster.all)
    for (const { url } of share?.status().trackers ?? []) {
      const hashes = hashesOf.get(url);
      if (hashes === undefined) hashesOf.set(url, [stored.key.slice(0, 40)]);
      else hashes.push(stored.key.slice(0, 40));
    }
  return Object.fromEntries(hashesOf);
}
