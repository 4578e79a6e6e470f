/** The peer as a whole in qBittorrent's terms: preferences, rates, and all at once for remote controls. */
import { ShoalError } from '../../ground/errors.ts';
import type { Session } from '../../session/session.ts';
import type { Settings } from '../../storage/wishes.ts';
import { infoOf, tagsOf } from './torrents.ts';

const limit = (value: number | null): number => value ?? 0;

export function preferencesOf({ settings, downloadDir, peer }: Session): Readonly<Record<string, unknown>> {
  return {
    save_path: downloadDir,
    temp_path_enabled: settings.incompleteDir !== null,
    temp_path: settings.incompleteDir ?? '',
    dl_limit: limit(settings.downloadLimit),
    up_limit: limit(settings.uploadLimit),
    alt_dl_limit: limit(settings.slowDownloadLimit),
    alt_up_limit: limit(settings.slowUploadLimit),
    scheduler_enabled: settings.schedule.length > 0,
    queueing_enabled: settings.maxDownloads !== null || settings.maxSeeds !== null,
    max_active_downloads: settings.maxDownloads ?? -1,
    max_active_uploads: settings.maxSeeds ?? -1,
    max_active_torrents: -1,
    max_ratio_enabled: settings.ratioGoal !== null,
    max_ratio: settings.ratioGoal ?? -1,
    max_ratio_act: 0,
    max_seeding_time_enabled: false,
    max_seeding_time: -1,
    max_inactive_seeding_time_enabled: settings.idleGoal !== null,
    max_inactive_seeding_time: settings.idleGoal ?? -1,
    max_connec: settings.maxPeers ?? -1,
    max_connec_per_torrent: settings.maxPeersEach,
    start_paused_enabled: !settings.startsAdded,
    dht: settings.usesDht,
    pex: settings.usesPex,
    lsd: settings.usesLsd,
    listen_port: peer.port,
    random_port: settings.peerPort === 0,
    upnp: false,
    encryption: 0,
    ip_filter_enabled: settings.usesBlocklist,
    create_subfolder_enabled: true,
    torrent_content_layout: 'Original',
    auto_tmm_enabled: false,
    locale: 'en',
  };
}

/** Those that it knows; the others are left alone, as it does with names of later versions. */
export function setPreferences(session: Session, json: string): void {
  let given: Readonly<Record<string, unknown>>;
  try {
    given = JSON.parse(json) as typeof given;
  } catch {
    throw new ShoalError('bad-argument', 'the preferences are no JSON');
  }
  const before = session.settings;
  const number = (name: string): number | undefined => {
    const value = given[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  /** Nothing, or less, is none. */
  const orNone = (name: string, old: number | null): number | null => {
    const value = number(name);
    return value === undefined ? old : value > 0 ? value : null;
  };
  const flag = (name: string, old: boolean): boolean =>
    typeof given[name] === 'boolean' ? given[name] : old;
  const goal = (isOn: string, name: string, old: number | null): number | null =>
    given[isOn] === false ? null : orNone(name, old);
  const folder =
    typeof given.save_path === 'string' && given.save_path !== '' ? given.save_path : before.downloadDir;
  const change: Partial<Settings> = {
    downloadLimit: orNone('dl_limit', before.downloadLimit),
    uploadLimit: orNone('up_limit', before.uploadLimit),
    slowDownloadLimit: orNone('alt_dl_limit', before.slowDownloadLimit),
    slowUploadLimit: orNone('alt_up_limit', before.slowUploadLimit),
    maxDownloads: goal('queueing_enabled', 'max_active_downloads', before.maxDownloads),
    maxSeeds: goal('queueing_enabled', 'max_active_uploads', before.maxSeeds),
    ratioGoal: goal('max_ratio_enabled', 'max_ratio', before.ratioGoal),
    idleGoal: goal('max_inactive_seeding_time_enabled', 'max_inactive_seeding_time', before.idleGoal),
    maxPeers: orNone('max_connec', before.maxPeers),
    maxPeersEach: orNone('max_connec_per_torrent', before.maxPeersEach) ?? before.maxPeersEach,
    startsAdded: !flag('start_paused_enabled', !before.startsAdded),
    usesDht: flag('dht', before.usesDht),
    usesPex: flag('pex', before.usesPex),
    usesLsd: flag('lsd', before.usesLsd),
    usesBlocklist: flag('ip_filter_enabled', before.usesBlocklist),
    downloadDir: folder,
  };
  session.configure(change);
}

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
