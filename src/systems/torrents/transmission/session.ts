/** Transmission's `session-get` and `session-set`: its settings in terms of ours. Unsupported ones are refused. */
import { isDeepStrictEqual } from 'node:util';
import { ShoalError } from '../../../ground/errors.ts';
import type { EncryptionPolicy } from '../../../net/encryption/core/policy.ts';
import { VERSION } from '../../../ground/version.ts';
import { requireFolders } from '../roster/folders.ts';
import type { Roster, SettingsChange } from '../roster/roster.ts';
import { DEFAULT_SETTINGS, type ScheduleEntry, type Settings } from '../settings.ts';
import {
  type Arguments,
  flagOf,
  folderOf,
  KILO,
  numberOf,
  rateOf,
  stringOf,
  switched,
  textsOf,
} from './arguments.ts';
import type { RpcContext } from './context.ts';

/** The release of the interface. Programs read its number: Sonarr needs 2.40 or later, labels need 4.0. */
const TRANSMISSION_VERSION = '4.0.6';
const RPC_VERSION = 17;
const RPC_VERSION_MINIMUM = 14;
const RPC_VERSION_SEMVER = '5.3.0';
/** Shown for a limit that is off, and used when one is switched on without a number. */
const DEFAULT_LIMIT = 100 * KILO;
const DEFAULT_QUEUE = 5;
const DEFAULT_RATIO = 2;
const DEFAULT_IDLE = 30;
/** Shown when connections are not limited, which Transmission cannot express. */
const NO_PEER_LIMIT = 65_535;
const ALL_DAYS = 127;
const MINUTES_OF_A_DAY = 1440;

const kilo = (rate: number | null): number => Math.round((rate ?? DEFAULT_LIMIT) / KILO);

/** Transmission has one time for the slow limits: the entry of our schedule that it made itself. */
function slowTime({ schedule }: Settings): ScheduleEntry | undefined {
  return schedule.find(({ mode }) => mode === 'slow');
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const clockOf = (minutes: number): string =>
  `${`${Math.floor(minutes / 60)}`.padStart(2, '0')}:${`${minutes % 60}`.padStart(2, '0')}`;
/** Sunday is 1, Monday 2, …, Saturday 64. */
const bitsOf = (days: readonly number[]): number => days.reduce((bits, day) => bits | (1 << day), 0);
const daysOf = (bits: number): number[] => [0, 1, 2, 3, 4, 5, 6].filter((day) => (bits & (1 << day)) !== 0);

export async function sessionGet(context: RpcContext, args: Arguments): Promise<object> {
  const all = await everythingOf(context);
  const fields = textsOf(args, 'fields');
  if (fields === undefined) return all;
  return Object.fromEntries(
    fields.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]),
  );
}

async function everythingOf(context: RpcContext): Promise<Readonly<Record<string, unknown>>> {
  const { roster } = context;
  const room = await roster.space.look(roster.downloadDir).catch(() => undefined);
  const free = room?.free ?? -1;
  return { ...aboutUs(context), 'download-dir-free-space': free, ...settingsOf(roster) };
}

function aboutUs({ roster, port, sessionId }: RpcContext): object {
  return {
    version: `${TRANSMISSION_VERSION} (Shoal ${VERSION})`,
    'rpc-version': RPC_VERSION,
    'rpc-version-minimum': RPC_VERSION_MINIMUM,
    'rpc-version-semver': RPC_VERSION_SEMVER,
    'session-id': sessionId,
    'config-dir': roster.peer.state.folder,
    'rpc-port': port ?? 0,
    'port-forwarding-enabled': false,
    'rename-partial-files': true,
    'script-torrent-added-enabled': false,
    'script-torrent-added-filename': '',
    'script-torrent-done-enabled': false,
    'script-torrent-done-filename': '',
    'script-torrent-done-seeding-enabled': false,
    'script-torrent-done-seeding-filename': '',
    'default-trackers': '',
    'blocklist-size': roster.blockList.size,
    units: {
      'speed-units': ['kB/s', 'MB/s', 'GB/s', 'TB/s'],
      'speed-bytes': KILO,
      'size-units': ['kB', 'MB', 'GB', 'TB'],
      'size-bytes': KILO,
      'memory-units': ['KiB', 'MiB', 'GiB', 'TiB'],
      'memory-bytes': 1024,
    },
  };
}

/** Shows the settings in effect, also where another value waits for the next start. */
export function settingsOf({
  settings,
  downloadDir,
  inEffect,
}: Pick<Roster, 'settings' | 'downloadDir' | 'inEffect'>): Readonly<Record<string, unknown>> {
  const slow = slowTime(settings);
  return {
    'download-dir': downloadDir,
    'incomplete-dir': settings.incompleteDir ?? downloadDir,
    'incomplete-dir-enabled': settings.incompleteDir !== null,
    'dht-enabled': inEffect.usesDht,
    'pex-enabled': inEffect.usesPex,
    'lpd-enabled': inEffect.usesLsd,
    'tcp-enabled': inEffect.usesTcp,
    'utp-enabled': inEffect.usesUtp,
    'peer-port': inEffect.peerPort,
    encryption: ENCRYPTION_NAMES[inEffect.encryption],
    'peer-port-random-on-start': settings.peerPort === 0,
    'speed-limit-down': kilo(settings.downloadLimit),
    'speed-limit-down-enabled': settings.downloadLimit !== null,
    'speed-limit-up': kilo(settings.uploadLimit),
    'speed-limit-up-enabled': settings.uploadLimit !== null,
    'alt-speed-enabled': settings.isSlow,
    'alt-speed-down': kilo(settings.slowDownloadLimit),
    'alt-speed-up': kilo(settings.slowUploadLimit),
    'alt-speed-time-enabled': slow !== undefined,
    'alt-speed-time-begin': minutesOf(slow?.from ?? '09:00'),
    'alt-speed-time-end': minutesOf(slow?.to ?? '17:00'),
    'alt-speed-time-day': slow === undefined ? ALL_DAYS : bitsOf(slow.days),
    'blocklist-enabled': settings.usesBlocklist,
    'blocklist-url': settings.blocklistUrl,
    'cache-size-mb': settings.cacheSize,
    'download-queue-enabled': settings.maxDownloads !== null,
    'download-queue-size': settings.maxDownloads ?? DEFAULT_QUEUE,
    'seed-queue-enabled': settings.maxSeeds !== null,
    'seed-queue-size': settings.maxSeeds ?? DEFAULT_QUEUE,
    'queue-stalled-enabled': settings.stalledMinutes !== null,
    'queue-stalled-minutes': settings.stalledMinutes ?? DEFAULT_IDLE,
    'idle-seeding-limit': settings.idleGoal ?? DEFAULT_IDLE,
    'idle-seeding-limit-enabled': settings.idleGoal !== null,
    seedRatioLimit: settings.ratioGoal ?? DEFAULT_RATIO,
    seedRatioLimited: settings.ratioGoal !== null,
    'peer-limit-global': settings.maxPeers ?? NO_PEER_LIMIT,
    'peer-limit-per-torrent': settings.maxPeersEach,
    'start-added-torrents': settings.startsAdded,
    'trash-original-torrent-files': settings.removesWatched,
  };
}

const SCRIPTS =
  'every client of this port could run any program with it: name the program at the start, with shoal up --on-done';

/** Why a setting cannot be changed. */
const REASONS: Readonly<Record<string, string>> = {
  'port-forwarding-enabled': 'ports are not forwarded yet: do it in the router',
  'default-trackers': 'there are no trackers for all shares: give each share its own',
  'rename-partial-files': 'unfinished files always end with ".part"',
  'script-torrent-added-enabled': SCRIPTS,
  'script-torrent-done-enabled': SCRIPTS,
  'script-torrent-done-seeding-enabled': SCRIPTS,
};

/** Settings that `session-set` changes. */
const CHANGEABLE: ReadonlySet<string> = new Set([
  'alt-speed-down',
  'alt-speed-enabled',
  'alt-speed-time-begin',
  'alt-speed-time-day',
  'alt-speed-time-enabled',
  'alt-speed-time-end',
  'alt-speed-up',
  'blocklist-enabled',
  'blocklist-url',
  'cache-size-mb',
  'dht-enabled',
  'download-dir',
  'download-queue-enabled',
  'download-queue-size',
  'encryption',
  'idle-seeding-limit',
  'idle-seeding-limit-enabled',
  'incomplete-dir',
  'incomplete-dir-enabled',
  'lpd-enabled',
  'peer-limit-global',
  'peer-limit-per-torrent',
  'peer-port',
  'peer-port-random-on-start',
  'pex-enabled',
  'queue-stalled-enabled',
  'queue-stalled-minutes',
  'seed-queue-enabled',
  'seed-queue-size',
  'seedRatioLimit',
  'seedRatioLimited',
  'speed-limit-down',
  'speed-limit-down-enabled',
  'speed-limit-up',
  'speed-limit-up-enabled',
  'start-added-torrents',
  'tcp-enabled',
  'trash-original-torrent-files',
  'utp-enabled',
]);
/** Accepted without effect: figures, which programs send back outdated, and paths of scripts, which are never run. */
const WITHOUT_EFFECT = /^(download-dir-free-space|blocklist-size|session-id|script-torrent-.*-filename)$/;

/**
 * Makes all changes or none. A setting that cannot be changed may be sent unchanged: programs send back all settings.
 * @throws ShoalError unsupported, bad-argument
 */
export async function sessionSet(context: RpcContext, args: Arguments): Promise<object> {
  const { roster } = context;
  const shown = await everythingOf(context);
  const given = Object.fromEntries(
    Object.entries(args).filter(([name, value]) => !isDeepStrictEqual(shown[name], value)),
  );
  for (const name of Object.keys(given)) {
    if (CHANGEABLE.has(name) || WITHOUT_EFFECT.test(name)) continue;
    const known = Object.hasOwn(shown, name)
      ? `"${name}" cannot be changed`
      : `session-set does not know "${name}"`;
    throw new ShoalError('unsupported', REASONS[name] ?? known);
  }
  const { settings } = roster;
  const change = {
    ...limitsOf(given, settings),
    ...placesOf(given, settings),
    ...incompleteOf(args, settings, shown['incomplete-dir']),
    ...waysOf(args, roster),
  };
  await requireFolders(change, settings);
  roster.configure(change);
  return {};
}

function limitsOf(args: Arguments, settings: Settings): Partial<Settings> {
  const rate = (name: string, before: number | null): number | null =>
    switched(rateOf(args, name), flagOf(args, `${name}-enabled`), before, DEFAULT_LIMIT);
  const number = (name: string, isOn: string, before: number | null, unset: number): number | null =>
    switched(numberOf(args, name), flagOf(args, isOn), before, unset);
  return {
    downloadLimit: rate('speed-limit-down', settings.downloadLimit),
    uploadLimit: rate('speed-limit-up', settings.uploadLimit),
    isSlow: flagOf(args, 'alt-speed-enabled') ?? settings.isSlow,
    slowDownloadLimit: rateOf(args, 'alt-speed-down') ?? settings.slowDownloadLimit,
    slowUploadLimit: rateOf(args, 'alt-speed-up') ?? settings.slowUploadLimit,
    schedule: scheduleOf(args, settings),
    maxDownloads: number(
      'download-queue-size',
      'download-queue-enabled',
      settings.maxDownloads,
      DEFAULT_QUEUE,
    ),
    maxSeeds: number('seed-queue-size', 'seed-queue-enabled', settings.maxSeeds, DEFAULT_QUEUE),
    stalledMinutes: number(
      'queue-stalled-minutes',
      'queue-stalled-enabled',
      settings.stalledMinutes,
      DEFAULT_IDLE,
    ),
    idleGoal: number('idle-seeding-limit', 'idle-seeding-limit-enabled', settings.idleGoal, DEFAULT_IDLE),
    ratioGoal: number('seedRatioLimit', 'seedRatioLimited', settings.ratioGoal, DEFAULT_RATIO),
    maxPeers: numberOf(args, 'peer-limit-global') ?? settings.maxPeers,
    maxPeersEach: numberOf(args, 'peer-limit-per-torrent') ?? settings.maxPeersEach,
  };
}

/** @throws ShoalError bad-argument */
function wholeOf(args: Arguments, name: string, most: number): number | undefined {
  const value = numberOf(args, name);
  if (value !== undefined && (!Number.isInteger(value) || value > most))
    throw new ShoalError('bad-argument', `"${name}" has to be a whole number up to ${most}`);
  return value;
}

function scheduleOf(args: Arguments, settings: Settings): readonly ScheduleEntry[] {
  const names = ['enabled', 'begin', 'end', 'day'].map((name) => `alt-speed-time-${name}`);
  if (names.every((name) => args[name] === undefined)) return settings.schedule;
  const before = slowTime(settings);
  const others = settings.schedule.filter((entry) => entry !== before);
  const isOn = flagOf(args, 'alt-speed-time-enabled') ?? before !== undefined;
  if (!isOn) return others;
  const begin = wholeOf(args, 'alt-speed-time-begin', MINUTES_OF_A_DAY - 1);
  const end = wholeOf(args, 'alt-speed-time-end', MINUTES_OF_A_DAY - 1);
  const day = wholeOf(args, 'alt-speed-time-day', ALL_DAYS);
  return [
    ...others,
    {
      mode: 'slow',
      days: day === undefined ? (before?.days ?? daysOf(ALL_DAYS)) : daysOf(day),
      from: begin === undefined ? (before?.from ?? '09:00') : clockOf(begin),
      to: end === undefined ? (before?.to ?? '17:00') : clockOf(end),
    },
  ];
}

function placesOf(args: Arguments, settings: Settings): Partial<Settings> {
  return {
    downloadDir: folderOf(args, 'download-dir') ?? settings.downloadDir,
    startsAdded: flagOf(args, 'start-added-torrents') ?? settings.startsAdded,
    removesWatched: flagOf(args, 'trash-original-torrent-files') ?? settings.removesWatched,
    cacheSize: numberOf(args, 'cache-size-mb') ?? settings.cacheSize,
  };
}

/** The folder and its switch are one setting, so an unused folder is not kept. @param shown of `session-get` */
function incompleteOf(
  args: Arguments,
  { incompleteDir }: Settings,
  shown: unknown,
): Pick<Settings, 'incompleteDir'> {
  const folder = folderOf(args, 'incomplete-dir');
  const isApart = flagOf(args, 'incomplete-dir-enabled') ?? incompleteDir !== null;
  if (!isApart && folder !== undefined && folder !== shown)
    throw new ShoalError('unsupported', 'incomplete-dir is taken only together with incomplete-dir-enabled');
  if (!isApart) return { incompleteDir: null };
  const next = folder ?? incompleteDir;
  if (next === null) throw new ShoalError('bad-argument', 'name the folder with incomplete-dir');
  return { incompleteDir: next };
}

function waysOf(args: Arguments, { settings, inEffect }: Roster): SettingsChange {
  /** An option of the start that is sent back unchanged has no effect. */
  const way = (name: string, setting: 'usesDht' | 'usesLsd' | 'usesTcp' | 'usesUtp'): boolean | undefined => {
    const value = flagOf(args, name);
    const isEcho = inEffect.decidedAtStart.includes(setting) && value === inEffect[setting];
    return isEcho ? undefined : value;
  };
  return {
    usesDht: way('dht-enabled', 'usesDht'),
    usesLsd: way('lpd-enabled', 'usesLsd'),
    usesTcp: way('tcp-enabled', 'usesTcp'),
    usesUtp: way('utp-enabled', 'usesUtp'),
    usesPex: flagOf(args, 'pex-enabled'),
    usesBlocklist: flagOf(args, 'blocklist-enabled'),
    blocklistUrl: stringOf(args, 'blocklist-url') ?? settings.blocklistUrl,
    peerPort: portOf(args, settings, inEffect.peerPort),
    encryption: encryptionOf(args, inEffect.encryption),
  };
}

/** Transmission has no word for `off`: what it shows then may be sent back, and changes nothing. */
const ENCRYPTION_NAMES: Readonly<Record<EncryptionPolicy, string>> = {
  off: 'tolerated',
  allowed: 'tolerated',
  preferred: 'preferred',
  required: 'required',
};

/** @throws ShoalError bad-argument */
function encryptionOf(args: Arguments, inEffect: EncryptionPolicy): EncryptionPolicy | undefined {
  const name = stringOf(args, 'encryption');
  if (name === undefined || name === ENCRYPTION_NAMES[inEffect]) return undefined;
  if (name === 'required' || name === 'preferred') return name;
  if (name === 'tolerated') return 'allowed';
  throw new ShoalError('bad-argument', '"encryption" has to be "required", "preferred" or "tolerated"');
}

/** Settings that take effect at the next start. */
function portOf(args: Arguments, { peerPort }: Settings, inEffect: number): number | null | undefined {
  const isRandom = flagOf(args, 'peer-port-random-on-start');
  if (isRandom === true) return peerPort === 0 ? undefined : 0;
  const port = numberOf(args, 'peer-port');
  if (port !== undefined && (port > 65_535 || !Number.isInteger(port)))
    throw new ShoalError('bad-argument', `${port} is no port`);
  if (port !== undefined && port !== inEffect) return port;
  return isRandom === false && peerPort === 0 ? DEFAULT_SETTINGS.peerPort : undefined;
}
