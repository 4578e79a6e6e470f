/** Transmission's `session-get` and `session-set`: its settings in terms of ours. What we cannot do is refused, not ignored. */
import { ShoalError } from '../../ground/errors.ts';
import { VERSION } from '../../peer/version.ts';
import type { Session } from '../../session/session.ts';
import { DEFAULT_SETTINGS, type ScheduleEntry, type Settings } from '../../storage/wishes.ts';
import type { ApiOptions } from '../options.ts';
import { type Arguments, flagOf, KILO, numberOf, switched, textOf, textsOf } from './arguments.ts';

const RPC_VERSION = 17;
const RPC_VERSION_MINIMUM = 1;
/** What is shown, and used when a limit is switched on without a number. */
const DEFAULT_LIMIT = 100 * KILO;
const DEFAULT_QUEUE = 5;
const DEFAULT_RATIO = 2;
const DEFAULT_IDLE = 30;
const DEFAULT_PEERS = 200;
const ALL_DAYS = 127;

const kilo = (rate: number | null): number => Math.round((rate ?? DEFAULT_LIMIT) / KILO);

/** Its one time for the slow limits, among our schedule: that which it set itself. */
function slowTime({ schedule }: Settings): ScheduleEntry | undefined {
  return schedule.find(({ mode }) => mode === 'slow');
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const clockOf = (minutes: number): string =>
  `${`${Math.floor(minutes / 60) % 24}`.padStart(2, '0')}:${`${minutes % 60}`.padStart(2, '0')}`;
/** Sunday is 1, Monday 2, …, Saturday 64. */
const bitsOf = (days: readonly number[]): number => days.reduce((bits, day) => bits | (1 << day), 0);
const daysOf = (bits: number): number[] => [0, 1, 2, 3, 4, 5, 6].filter((day) => (bits & (1 << day)) !== 0);

export function sessionGet({ session, port }: ApiOptions, args: Arguments): object {
  const all: Readonly<Record<string, unknown>> = { ...aboutUs(session, port), ...settingsOf(session) };
  const fields = textsOf(args, 'fields');
  if (fields === undefined) return all;
  return Object.fromEntries(
    fields.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]),
  );
}

function aboutUs(session: Session, port: number | undefined): object {
  return {
    version: `${VERSION} (Shoal)`,
    'rpc-version': RPC_VERSION,
    'rpc-version-minimum': RPC_VERSION_MINIMUM,
    'rpc-version-semver': '5.3.0',
    'config-dir': session.peer.state.folder,
    'download-dir-free-space': 0,
    'peer-port': session.settings.peerPort ?? session.peer.port,
    'peer-port-random-on-start': session.settings.peerPort === 0,
    'rpc-port': port ?? 0,
    'utp-enabled': false,
    encryption: 'tolerated',
    'port-forwarding-enabled': false,
    'rename-partial-files': true,
    'script-torrent-added-enabled': false,
    'script-torrent-added-filename': '',
    'script-torrent-done-enabled': false,
    'script-torrent-done-filename': '',
    'script-torrent-done-seeding-enabled': false,
    'script-torrent-done-seeding-filename': '',
    'default-trackers': '',
    'blocklist-size': session.blocklist.size,
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

function settingsOf({ settings, downloadDir }: Session): object {
  const slow = slowTime(settings);
  return {
    'download-dir': downloadDir,
    'incomplete-dir': settings.incompleteDir ?? downloadDir,
    'incomplete-dir-enabled': settings.incompleteDir !== null,
    'dht-enabled': settings.usesDht,
    'pex-enabled': settings.usesPex,
    'lpd-enabled': settings.usesLsd,
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
    'peer-limit-global': settings.maxPeers ?? DEFAULT_PEERS,
    'peer-limit-per-torrent': settings.maxPeersEach,
    'start-added-torrents': settings.startsAdded,
    'trash-original-torrent-files': settings.removesWatched,
  };
}

/** What would have to be true of us and is not. */
const REFUSED: readonly (readonly [string, (value: unknown) => boolean, string])[] = [
  ['encryption', (value) => value !== 'tolerated', 'connections to peers are not encrypted yet'],
  ['port-forwarding-enabled', (value) => value === true, 'ports are not forwarded yet: do it in the router'],
  ['utp-enabled', (value) => value === true, 'uTP is not spoken yet'],
  [
    'script-torrent-done-enabled',
    (value) => value === true,
    'a program that anybody could set who reaches this port would be theirs to run: name it at the start, with shoal up --on-done',
  ],
];

/** @throws ShoalError unsupported */
export function sessionSet({ session }: ApiOptions, args: Arguments): object {
  for (const [name, isWrong, why] of REFUSED)
    if (args[name] !== undefined && isWrong(args[name])) throw new ShoalError('unsupported', why);
  const { settings } = session;
  session.configure({ ...limitsOf(args, settings), ...placesOf(args, settings), ...waysOf(args, settings) });
  return {};
}

function limitsOf(args: Arguments, settings: Settings): Partial<Settings> {
  const rate = (name: string, before: number | null): number | null => {
    const value = numberOf(args, name);
    return switched(
      value === undefined ? undefined : value * KILO,
      flagOf(args, `${name}-enabled`),
      before,
      DEFAULT_LIMIT,
    );
  };
  const slow = (name: string, before: number | null): number | null => {
    const value = numberOf(args, name);
    return value === undefined ? before : value * KILO;
  };
  const number = (name: string, isOn: string, before: number | null, unset: number): number | null =>
    switched(numberOf(args, name), flagOf(args, isOn), before, unset);
  return {
    downloadLimit: rate('speed-limit-down', settings.downloadLimit),
    uploadLimit: rate('speed-limit-up', settings.uploadLimit),
    isSlow: flagOf(args, 'alt-speed-enabled') ?? settings.isSlow,
    slowDownloadLimit: slow('alt-speed-down', settings.slowDownloadLimit),
    slowUploadLimit: slow('alt-speed-up', settings.slowUploadLimit),
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

function scheduleOf(args: Arguments, settings: Settings): readonly ScheduleEntry[] {
  const names = ['enabled', 'begin', 'end', 'day'].map((name) => `alt-speed-time-${name}`);
  if (names.every((name) => args[name] === undefined)) return settings.schedule;
  const before = slowTime(settings);
  const others = settings.schedule.filter((entry) => entry !== before);
  const isOn = flagOf(args, 'alt-speed-time-enabled') ?? before !== undefined;
  if (!isOn) return others;
  const begin = numberOf(args, 'alt-speed-time-begin');
  const end = numberOf(args, 'alt-speed-time-end');
  const day = numberOf(args, 'alt-speed-time-day');
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
  const isApart = flagOf(args, 'incomplete-dir-enabled');
  const incompleteDir = textOf(args, 'incomplete-dir') ?? settings.incompleteDir;
  return {
    downloadDir: textOf(args, 'download-dir') ?? settings.downloadDir,
    incompleteDir: isApart === false ? null : incompleteDir,
    startsAdded: flagOf(args, 'start-added-torrents') ?? settings.startsAdded,
    removesWatched: flagOf(args, 'trash-original-torrent-files') ?? settings.removesWatched,
    cacheSize: numberOf(args, 'cache-size-mb') ?? settings.cacheSize,
  };
}

function waysOf(args: Arguments, settings: Settings): Partial<Settings> {
  const isRandom = flagOf(args, 'peer-port-random-on-start');
  const port = numberOf(args, 'peer-port');
  return {
    usesDht: flagOf(args, 'dht-enabled') ?? settings.usesDht,
    usesLsd: flagOf(args, 'lpd-enabled') ?? settings.usesLsd,
    usesPex: flagOf(args, 'pex-enabled') ?? settings.usesPex,
    usesBlocklist: flagOf(args, 'blocklist-enabled') ?? settings.usesBlocklist,
    blocklistUrl: typeof args['blocklist-url'] === 'string' ? args['blocklist-url'] : settings.blocklistUrl,
    peerPort:
      isRandom === true ? 0 : (port ?? (isRandom === false ? DEFAULT_SETTINGS.peerPort : settings.peerPort)),
  };
}
