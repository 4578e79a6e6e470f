/**
 * Bounds of settings and preferences, for every interface. The HTTP API describes them in its schemas; the roster enforces
 * them, also for programs of Transmission and qBittorrent.
 */
import { parseHost } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { labelOf, type Settings, type SharePreferences } from '../core/settings.ts';

export interface Bound {
  /** In messages: other interfaces have other names for it. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const whole = (what: string, least: number, most: number): Bound => ({ what, least, most, isWhole: true });

/** Bytes a second. With less nothing would move at all. */
export const MIN_RATE = 1024;
const rate = (what: string): Bound => whole(what, MIN_RATE, Number.MAX_SAFE_INTEGER);
const minutes = (what: string): Bound => whole(what, 0, 100_000_000);
const count = (what: string): Bound => whole(what, 1, 1_000_000);

const GOALS: Readonly<Record<'ratioGoal' | 'seedingGoal' | 'idleGoal', Bound>> = {
  ratioGoal: { what: 'the ratio to reach', least: 0, most: 1_000_000, isWhole: false },
  seedingGoal: minutes('the minutes of seeding'),
  idleGoal: minutes('the minutes without uploads'),
};

const LIMITS: Readonly<Record<'downloadLimit' | 'uploadLimit', Bound>> = {
  downloadLimit: rate('the limit of downloads in bytes a second'),
  uploadLimit: rate('the limit of uploads in bytes a second'),
};

export type BoundedPreference =
  | 'downloadLimit'
  | 'idleGoal'
  | 'maxPeers'
  | 'ratioGoal'
  | 'seedingGoal'
  | 'uploadLimit';

export type BoundedSetting =
  | BoundedPreference
  | 'cacheSize'
  | 'feedMinutes'
  | 'maxDownloads'
  | 'maxPeersEach'
  | 'maxSeeds'
  | 'minFreeBytes'
  | 'peerPort'
  | 'slowDownloadLimit'
  | 'slowUploadLimit'
  | 'stalledMinutes';

export const SETTING_BOUNDS: Readonly<Record<BoundedSetting, Bound>> = {
  ...GOALS,
  ...LIMITS,
  slowDownloadLimit: rate('the slow limit of downloads in bytes a second'),
  slowUploadLimit: rate('the slow limit of uploads in bytes a second'),
  maxDownloads: count('the number of shares that may fetch at once'),
  maxSeeds: count('the number of shares that may seed at once'),
  stalledMinutes: count('the minutes after which a share counts as stalled'),
  maxPeers: count('the number of connections of all shares'),
  maxPeersEach: count('the number of connections of each share'),
  peerPort: whole('the port for peers', 0, 65_535),
  /** It is memory. */
  cacheSize: whole('the size of the cache in MiB', 0, 4096),
  minFreeBytes: whole('the bytes that stay free', 0, Number.MAX_SAFE_INTEGER),
  feedMinutes: whole('the minutes between two fetches of a feed', 5, 10_080),
};

export const PREFERENCE_BOUNDS: Readonly<Record<BoundedPreference, Bound>> = {
  ...GOALS,
  // Commands count in seconds.
  seedingGoal: { ...GOALS.seedingGoal, isWhole: false },
  ...LIMITS,
  maxPeers: count('the number of connections of a share'),
};

const LABEL_BOUNDS: Readonly<Record<string, Bound>> = {
  ...LIMITS,
  maxDownloads: SETTING_BOUNDS.maxDownloads,
};

/** All of them are looked through for each connection, for each share, or at each question. */
export const MAX_BANNED = 10_000;
export const MAX_LABELS = 200;
export const MAX_TAGS = 1000;

type Values = Readonly<Record<string, unknown>>;

/** A value that does not change is not checked again. @throws ShoalError bad-argument */
function requireNumbers(given: Values, before: Values, bounds: Readonly<Record<string, Bound>>): void {
  for (const [name, { what, least, most, isWhole }] of Object.entries(bounds)) {
    const value = given[name];
    if (value === undefined || value === null || value === before[name]) continue;
    const isRight = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (isRight && Number(value) >= least && Number(value) <= most) continue;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    const number = isWhole ? 'a whole number' : 'a number';
    throw new ShoalError('bad-argument', `${what} has to be ${number} ${range}, not ${String(value)}`);
  }
}

function requireAtMost(found: number, most: number, what: string): void {
  if (found > most) throw new ShoalError('bad-argument', `at most ${most} ${what} are kept, not ${found}`);
}

/** @throws ShoalError bad-argument */
export function requireSettings(
  given: { readonly [Name in keyof Settings]?: Settings[Name] | undefined },
  before: Settings,
): void {
  requireNumbers(given, { ...before }, SETTING_BOUNDS);
  const { bannedAddresses = [], labels = {}, tags = [] } = given;
  requireAtMost(bannedAddresses.length, MAX_BANNED, 'banned addresses');
  requireAtMost(Object.keys(labels).length, MAX_LABELS, 'labels with settings');
  requireAtMost(tags.length, MAX_TAGS, 'tags');
  const banned = new Set(before.bannedAddresses);
  for (const address of bannedAddresses)
    if (!banned.has(address) && parseHost(address) === undefined)
      throw new ShoalError('bad-argument', `"${address}" is no IP address that could be banned`);
  for (const [name, label] of Object.entries(labels))
    requireNumbers({ ...label }, { ...labelOf(before.labels, name) }, LABEL_BOUNDS);
}

/** @throws ShoalError bad-argument */
export function requirePreferences(
  given: Partial<SharePreferences>,
  before: Partial<SharePreferences> = {},
): void {
  requireNumbers({ ...given }, { ...before }, PREFERENCE_BOUNDS);
}
