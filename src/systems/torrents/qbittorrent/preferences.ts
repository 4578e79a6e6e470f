/**
 * qBittorrent's `app/preferences` and `app/setPreferences`: its settings in terms of ours. They show the settings in
 * effect. A setting that cannot be changed may be sent back unchanged, because remote controls send all settings at
 * once. Any other change that the daemon cannot make is refused, together with the whole request.
 */
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ShoalError } from '../../../ground/errors.ts';
import type { EncryptionPolicy } from '../../../net/encryption/core/policy.ts';
import { MIN_RATE } from '../settings.ts';
import { requireFolders } from '../roster/folders.ts';
import type { Roster, SettingsChange } from '../roster/roster.ts';

const orZero = (value: number | null): number => value ?? 0;

export function preferencesOf(
  roster: Pick<Roster, 'settings' | 'downloadDir' | 'inEffect'>,
): Readonly<Record<string, unknown>> {
  const { settings, downloadDir, inEffect } = roster;
  return {
    save_path: downloadDir,
    temp_path_enabled: settings.incompleteDir !== null,
    temp_path: settings.incompleteDir ?? '',
    dl_limit: orZero(settings.downloadLimit),
    up_limit: orZero(settings.uploadLimit),
    alt_dl_limit: orZero(settings.slowDownloadLimit),
    alt_up_limit: orZero(settings.slowUploadLimit),
    scheduler_enabled: settings.schedule.length > 0,
    queueing_enabled: settings.maxDownloads !== null || settings.maxSeeds !== null,
    max_active_downloads: settings.maxDownloads ?? -1,
    max_active_uploads: settings.maxSeeds ?? -1,
    max_active_torrents: -1,
    max_ratio_enabled: settings.ratioGoal !== null,
    max_ratio: settings.ratioGoal ?? -1,
    // A share that reaches its goal is paused.
    max_ratio_act: 0,
    max_seeding_time_enabled: settings.seedingGoal !== null,
    max_seeding_time: settings.seedingGoal ?? -1,
    max_inactive_seeding_time_enabled: settings.idleGoal !== null,
    max_inactive_seeding_time: settings.idleGoal ?? -1,
    max_connec: settings.maxPeers ?? -1,
    max_connec_per_torrent: settings.maxPeersEach,
    start_paused_enabled: !settings.startsAdded,
    dht: inEffect.usesDht,
    pex: inEffect.usesPex,
    lsd: inEffect.usesLsd,
    bittorrent_protocol: inEffect.usesTcp && inEffect.usesUtp ? 0 : inEffect.usesTcp ? 1 : 2,
    listen_port: inEffect.peerPort,
    random_port: settings.peerPort === 0,
    upnp: false,
    encryption: ENCRYPTION_NUMBERS[inEffect.encryption],
    anonymous_mode: false,
    ip_filter_enabled: settings.usesBlocklist,
    banned_IPs: settings.bannedAddresses.join('\n'),
    create_subfolder_enabled: true,
    torrent_content_layout: 'Original',
    auto_tmm_enabled: false,
    add_trackers_enabled: false,
    rss_processing_enabled: false,
    locale: 'en',
  };
}

/** "Allow", "require" and "disable encryption" in its numbers. */
const ENCRYPTION_NUMBERS: Readonly<Record<EncryptionPolicy, number>> = {
  allowed: 0,
  preferred: 0,
  required: 1,
  off: 2,
};
const POLICIES: readonly EncryptionPolicy[] = ['allowed', 'required', 'off'];

const REASONS: Readonly<Record<string, string>> = {
  scheduler_enabled: 'hours are set with the setting "schedule" of the page or the HTTP API',
  max_active_torrents: 'set max_active_downloads and max_active_uploads',
  max_ratio_act: 'a share that reaches its goal is paused; the daemon never removes it',
  upnp: 'ports are not forwarded yet: do it in the router',
  auto_tmm_enabled: 'files do not move by themselves when a category changes',
};

type Given = Readonly<Record<string, unknown>>;

/** Each reads one preference; undefined when it is absent. @throws ShoalError bad-argument */
class Reader {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  number(name: string): number | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, 'a number');
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'boolean') throw wrong(name, 'true or false');
    return value;
  }

  text(name: string): string | undefined {
    const value = this.#given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw wrong(name, 'a text');
    return value;
  }

  folder(name: string): string | undefined {
    const path = this.text(name);
    if (path !== undefined && path !== '' && !isAbsolute(path)) throw wrong(name, 'an absolute path');
    return path;
  }

  /** 0 or less is no limit. */
  limit(name: string): number | null | undefined {
    const value = this.number(name);
    return value === undefined ? undefined : value > 0 ? value : null;
  }

  /** Bytes a second; 0 or less is no limit. */
  rate(name: string): number | null | undefined {
    const limit = this.limit(name);
    return typeof limit === 'number' ? Math.max(MIN_RATE, Math.round(limit)) : limit;
  }

  /** A number with a switch of its own; -1 is no number. */
  switched(isOn: string, name: string, before: number | null): number | null | undefined {
    const [on, value] = [this.flag(isOn), this.number(name)];
    if (on === false) return null;
    if (on === undefined && value === undefined) return undefined;
    const next = value ?? before;
    if (on === true && (next === null || next < 0)) throw wrong(name, `a number, so that ${isOn} has one`);
    return next === null || next < 0 ? null : next;
  }
}

const wrong = (name: string, what: string): ShoalError =>
  new ShoalError('bad-argument', `the preference "${name}" has to be ${what}`);

/** The preferences that can be changed, each with the setting that it changes. */
const CHANGES: Readonly<Record<string, (read: Reader, roster: Roster) => SettingsChange>> = {
  save_path: (read) => {
    const path = read.folder('save_path');
    return { downloadDir: path === '' ? null : path };
  },
  temp_path: incompleteOf,
  temp_path_enabled: incompleteOf,
  dl_limit: (read) => ({ downloadLimit: read.rate('dl_limit') }),
  up_limit: (read) => ({ uploadLimit: read.rate('up_limit') }),
  alt_dl_limit: (read) => ({ slowDownloadLimit: read.rate('alt_dl_limit') }),
  alt_up_limit: (read) => ({ slowUploadLimit: read.rate('alt_up_limit') }),
  queueing_enabled: queueOf,
  max_active_downloads: queueOf,
  max_active_uploads: queueOf,
  max_ratio_enabled: goalsOf,
  max_ratio: goalsOf,
  max_seeding_time_enabled: goalsOf,
  max_seeding_time: goalsOf,
  max_inactive_seeding_time_enabled: goalsOf,
  max_inactive_seeding_time: goalsOf,
  max_connec: (read) => ({ maxPeers: read.limit('max_connec') }),
  max_connec_per_torrent: (read) => {
    const most = read.limit('max_connec_per_torrent');
    if (most === null) throw wrong('max_connec_per_torrent', 'more than 0');
    return { maxPeersEach: most };
  },
  start_paused_enabled: (read) => ({ startsAdded: not(read.flag('start_paused_enabled')) }),
  dht: (read) => ({ usesDht: read.flag('dht') }),
  lsd: (read) => ({ usesLsd: read.flag('lsd') }),
  pex: (read) => ({ usesPex: read.flag('pex') }),
  encryption: (read) => {
    const policy = POLICIES[read.number('encryption') ?? -1];
    if (policy === undefined) throw wrong('encryption', '0, 1 or 2');
    return { encryption: policy };
  },
  bittorrent_protocol: (read) => {
    const protocol = read.number('bittorrent_protocol');
    const carriers = protocol === undefined ? undefined : PROTOCOLS[protocol];
    if (carriers === undefined) throw wrong('bittorrent_protocol', '0 (both), 1 (TCP) or 2 (uTP)');
    return carriers;
  },
  listen_port: portOf,
  random_port: portOf,
  ip_filter_enabled: (read) => ({ usesBlocklist: read.flag('ip_filter_enabled') }),
  banned_IPs: (read) => ({ bannedAddresses: addressesIn(read.text('banned_IPs') ?? '') }),
};

/** By their numbers. */
const PROTOCOLS: readonly Pick<SettingsChange, 'usesTcp' | 'usesUtp'>[] = [
  { usesTcp: true, usesUtp: true },
  { usesTcp: true, usesUtp: false },
  { usesTcp: false, usesUtp: true },
];

const not = (flag: boolean | undefined): boolean | undefined => (flag === undefined ? undefined : !flag);

export const addressesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/\s+/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

function incompleteOf(read: Reader, { settings }: Roster): SettingsChange {
  const path = read.folder('temp_path');
  const isOn = read.flag('temp_path_enabled') ?? settings.incompleteDir !== null;
  if (!isOn && path !== undefined && path !== '')
    throw new ShoalError('unsupported', 'temp_path is taken only together with temp_path_enabled');
  if (!isOn) return { incompleteDir: null };
  const next = path === undefined || path === '' ? settings.incompleteDir : path;
  if (next === null) throw new ShoalError('bad-argument', 'name the folder with temp_path');
  return { incompleteDir: next };
}

function queueOf(read: Reader, { settings }: Roster): SettingsChange {
  const isOn = read.flag('queueing_enabled');
  if (isOn === false) return { maxDownloads: null, maxSeeds: null };
  const change = {
    maxDownloads: read.limit('max_active_downloads'),
    maxSeeds: read.limit('max_active_uploads'),
  };
  const [downloads, seeds] = [
    change.maxDownloads ?? settings.maxDownloads,
    change.maxSeeds ?? settings.maxSeeds,
  ];
  if (isOn === true && downloads === null && seeds === null)
    throw new ShoalError('bad-argument', 'a queue needs max_active_downloads or max_active_uploads');
  return change;
}

function goalsOf(read: Reader, { settings }: Roster): SettingsChange {
  return {
    ratioGoal: read.switched('max_ratio_enabled', 'max_ratio', settings.ratioGoal),
    seedingGoal: read.switched('max_seeding_time_enabled', 'max_seeding_time', settings.seedingGoal),
    idleGoal: read.switched(
      'max_inactive_seeding_time_enabled',
      'max_inactive_seeding_time',
      settings.idleGoal,
    ),
  };
}

/** Settings that take effect at the next start. */
function portOf(read: Reader, { settings }: Roster): SettingsChange {
  const isRandom = read.flag('random_port');
  if (isRandom === true) return { peerPort: 0 };
  const port = read.number('listen_port');
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535))
    throw wrong('listen_port', 'a port');
  if (port !== undefined) return { peerPort: port };
  return isRandom === false && settings.peerPort === 0 ? { peerPort: null } : {};
}

/** @throws ShoalError bad-argument, unsupported */
export async function setPreferences(roster: Roster, json: string): Promise<void> {
  const shown = preferencesOf(roster);
  const given = Object.fromEntries(
    Object.entries(parse(json)).filter(([name, value]) => !isEcho(roster, name, value, shown[name])),
  );
  const read = new Reader(given);
  let change: SettingsChange = {};
  for (const name of Object.keys(given)) {
    const changeOf = Object.hasOwn(CHANGES, name) ? CHANGES[name] : undefined;
    if (changeOf === undefined) throw refusal(name, Object.hasOwn(shown, name));
    change = { ...change, ...changeOf(read, roster) };
  }
  await requireFolders(change, roster.settings);
  roster.configure(change);
}

function parse(json: string): Given {
  try {
    const given: unknown = JSON.parse(json);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Given;
  } catch {
    // Said below.
  }
  throw new ShoalError('bad-argument', 'the preferences are not a JSON object');
}

/** It is told back as it was shown. A switch that waits for the next start can be put back all the same. */
function isEcho({ settings, inEffect }: Roster, name: string, value: unknown, shown: unknown): boolean {
  if (!isDeepStrictEqual(value, shown)) return false;
  const setting = name === 'dht' ? 'usesDht' : name === 'lsd' ? 'usesLsd' : undefined;
  if (setting === undefined || inEffect.decidedAtStart.includes(setting)) return true;
  return settings[setting] === value;
}

function refusal(name: string, isShown: boolean): ShoalError {
  const why = isShown ? `the preference "${name}" cannot be changed` : `there is no preference "${name}"`;
  return new ShoalError('unsupported', REASONS[name] === undefined ? why : `${why}: ${REASONS[name]}`);
}
