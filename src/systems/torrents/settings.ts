/**
 * The settings of the torrents system, said once: their bounds, what holds by default, and a sentence each. The type
 * `Settings`, the checks of every interface and the tables in the documents follow from it.
 */
import {
  changeOf,
  defaultsOf,
  list,
  orNull,
  recordOf,
  setting,
  type Shape,
  type TPartial,
  Type,
} from '../../host/schema.ts';
import { DEFAULT_ENCRYPTION, ENCRYPTION_POLICIES } from '../../net/encryption/core/policy.ts';

/** Bytes a second. With less nothing would move at all. */
export const MIN_RATE = 1024;
/** A hundred million minutes are 190 years: a bound that nobody meets and no sum overflows. */
const MAX_MINUTES = 100_000_000;
const MAX_COUNT = 1_000_000;
/** All of them are looked through for each connection, for each share, or at each question. */
export const MAX_BANNED = 10_000;
export const MAX_LABELS = 200;
export const MAX_TAGS = 1000;
const MAX_FEEDS = 200;
const MAX_ADDRESS_LENGTH = 2000;

/** `title` names a number in messages: other interfaces have other names for it. */
const whole = (title: string, minimum: number, maximum?: number) =>
  Type.Integer({ title, minimum, ...(maximum === undefined ? {} : { maximum }) });
const rate = (title: string) => orNull(whole(title, MIN_RATE));
const count = (title: string) => whole(title, 1, MAX_COUNT);
const minutes = (title: string) => orNull(whole(title, 0, MAX_MINUTES));
const MINUTES_OF_SEEDING = 'minutes of seeding';

const GOALS = {
  ratioGoal: orNull(Type.Number({ title: 'ratio to reach', minimum: 0, maximum: 1_000_000 })),
  seedingGoal: minutes(MINUTES_OF_SEEDING),
  idleGoal: minutes('minutes without uploads'),
};
const LIMITS = {
  downloadLimit: rate('limit of downloads in bytes a second'),
  uploadLimit: rate('limit of uploads in bytes a second'),
};
const MAX_DOWNLOADS = orNull(count('number of shares that may fetch at once'));

/** Preferences of one share that are numbers. Null is no limit. */
export const SHARE_NUMBERS = Type.Object({
  ...GOALS,
  // Commands count in seconds.
  seedingGoal: orNull(Type.Number({ title: MINUTES_OF_SEEDING, minimum: 0, maximum: MAX_MINUTES })),
  ...LIMITS,
  maxPeers: orNull(count('number of connections of a share')),
});

const FOLDER = Type.String({ minLength: 1, maxLength: 4096 });
const NAME = Type.String({ minLength: 1, maxLength: 100 });
const CLOCK = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: '`HH:MM` of local time' });
const SLOW_OR_PAUSE = Type.Enum(['slow', 'pause']);

const SCHEDULE_ENTRY = Type.Object(
  {
    days: list(Type.Integer({ minimum: 0, maximum: 6 }), { maxItems: 7, description: '0 is Sunday' }),
    from: CLOCK,
    to: { ...CLOCK, description: '`HH:MM` of local time; before `from`, it is on the next day' },
    mode: SLOW_OR_PAUSE,
  },
  { additionalProperties: false },
);

export const LABEL = Type.Object(
  {
    folder: Type.Optional(orNull(FOLDER, { description: 'where what is fetched with the label goes' })),
    downloadLimit: Type.Optional({
      ...LIMITS.downloadLimit,
      description: 'bytes a second, all its shares together',
    }),
    uploadLimit: Type.Optional({
      ...LIMITS.uploadLimit,
      description: 'bytes a second, all its shares together',
    }),
    maxDownloads: Type.Optional({ ...MAX_DOWNLOADS, description: 'its shares that may fetch at once' }),
  },
  { additionalProperties: false },
);

const FEED = Type.Object(
  {
    url: Type.String({ pattern: '^https?://', maxLength: MAX_ADDRESS_LENGTH }),
    words: Type.String({ maxLength: 500, description: 'all in the title; behind a minus, none' }),
    label: orNull(Type.String({ maxLength: 100 }), { description: 'of what the feed adds' }),
  },
  { additionalProperties: false },
);

const RATES_AND_HOURS = {
  downloadLimit: setting(
    LIMITS.downloadLimit,
    null,
    'All shares together download at most this many bytes a second; null sets no limit.',
  ),
  uploadLimit: setting(
    LIMITS.uploadLimit,
    null,
    'All shares together upload at most this many bytes a second; null sets no limit.',
  ),
  isSlow: setting(Type.Boolean(), false, 'The slow limits hold now.'),
  slowDownloadLimit: setting(
    rate('slow limit of downloads in bytes a second'),
    200 * 1024,
    'Limits all downloads together, in bytes a second, while the daemon is slow.',
  ),
  slowUploadLimit: setting(
    rate('slow limit of uploads in bytes a second'),
    50 * 1024,
    'Limits all uploads together, in bytes a second, while the daemon is slow.',
  ),
  schedule: setting(
    list(SCHEDULE_ENTRY, { maxItems: 100 }),
    [],
    'The daemon is slow, or pauses, in these hours of these days.',
  ),
  meteredInterfaces: setting(
    list(Type.String({ minLength: 1, maxLength: 64, pattern: '^[^/\\s]+$' }), { maxItems: 32 }),
    [],
    'Traffic over these network interfaces costs money, such as `wwan0` (Linux).',
  ),
  onMetered: setting(
    SLOW_OR_PAUSE,
    'pause',
    'The daemon is slow, or pauses, while the default route goes over a metered interface.',
  ),
};

const QUEUE_AND_GOALS = {
  startsAdded: setting(Type.Boolean(), true, 'An added share starts at once.'),
  maxDownloads: setting(
    MAX_DOWNLOADS,
    null,
    'At most this many shares fetch at once; null lets all of them.',
  ),
  maxSeeds: setting(
    orNull(count('number of shares that may seed at once')),
    null,
    'At most this many shares seed at once; null lets all of them.',
  ),
  stalledMinutes: setting(
    orNull(count('minutes after which a share counts as stalled')),
    30,
    'A share that moves no data for so many minutes gives up its place in the queue; null lets it keep the place.',
  ),
  ratioGoal: setting(
    GOALS.ratioGoal,
    null,
    'The daemon pauses a share that has sent so many times the size of its wanted files, in all runs; null sets no goal.',
  ),
  seedingGoal: setting(
    GOALS.seedingGoal,
    null,
    'The daemon pauses a share that has seeded for so many minutes in all runs; null sets no goal.',
  ),
  idleGoal: setting(
    GOALS.idleGoal,
    null,
    'The daemon pauses a seeding share that has uploaded nothing for so many minutes; null sets no goal.',
  ),
};

const NETWORK = {
  maxPeers: setting(
    orNull(count('number of connections of all shares')),
    null,
    'All shares together have at most this many connections; null sets no limit of its own.',
  ),
  maxPeersEach: setting(
    count('number of connections of each share'),
    100,
    'Each share has at most this many connections.',
  ),
  usesDht: setting(
    Type.Boolean(),
    true,
    'The daemon finds peers in the DHT; a change takes effect at its next start.',
  ),
  usesLsd: setting(
    Type.Boolean(),
    true,
    'The daemon finds peers on the local network; a change takes effect at its next start.',
  ),
  usesPex: setting(
    Type.Boolean(),
    true,
    'Peers tell each other of more peers; a change takes effect at the next start of each share.',
  ),
  encryption: setting(
    Type.Enum(ENCRYPTION_POLICIES),
    DEFAULT_ENCRYPTION,
    'Connections to peers are plain (`off`), encrypted where a peer wants it (`allowed`) or takes it (`preferred`), or all encrypted (`required`); a change is for new connections.',
  ),
  usesTcp: setting(Type.Boolean(), true, 'The daemon exchanges data over TCP.'),
  usesUtp: setting(
    Type.Boolean(),
    true,
    'The daemon exchanges data over uTP (BEP 29), which leaves way to other traffic.',
  ),
  peerPort: setting(
    orNull(whole('port for peers', 0, 65_535)),
    null,
    'Peers reach the daemon on this port from its next start on; 0 picks any free port, null the usual ones.',
  ),
  bannedAddresses: setting(
    list(Type.String({ pattern: '^[0-9a-fA-F.:]+$', maxLength: 45 }), { maxItems: MAX_BANNED }),
    [],
    'The daemon does not talk to these single addresses, besides those of the block list.',
  ),
  usesBlocklist: setting(
    Type.Boolean(),
    false,
    'The daemon does not talk to the addresses of the block list.',
  ),
  blocklistUrl: setting(
    Type.String({ maxLength: MAX_ADDRESS_LENGTH }),
    '',
    'The daemon fetches the block list from this address.',
  ),
  mayReachPrivate: setting(
    Type.Boolean(),
    false,
    'Feeds, torrents and redirects may lead to addresses of your own network.',
  ),
};

const FILES = {
  downloadDir: setting(
    orNull(FOLDER),
    null,
    'Fetched files go to this folder; null is the folder of `shoal up --download-dir`.',
  ),
  incompleteDir: setting(
    orNull(FOLDER),
    null,
    'Shares lie in this folder while they are fetched; null is the folder where they stay.',
  ),
  doneDir: setting(
    orNull(FOLDER),
    null,
    'Whole shares move to this folder; null leaves them where they are.',
  ),
  watchDir: setting(orNull(FOLDER), null, 'The daemon adds torrent files that appear in this folder.'),
  removesWatched: setting(
    Type.Boolean(),
    false,
    'The daemon removes an added torrent file from the watched folder, instead of renaming it to `.added`.',
  ),
  /** It is memory. */
  cacheSize: setting(
    whole('size of the cache in MiB', 0, 4096),
    8,
    'The daemon keeps at most this many MiB of data for sending.',
  ),
  minFreeBytes: setting(
    whole('bytes that stay free', 0),
    0,
    'The daemon fetches nothing while the disk has fewer free bytes.',
  ),
};

const LABELS_AND_FEEDS = {
  labels: setting(
    recordOf(LABEL, { maxProperties: MAX_LABELS, propertyNames: { minLength: 1, maxLength: 100 } }),
    {},
    'A label may have a folder and limits of its own for all shares that have it.',
  ),
  tags: setting(
    list(NAME, { maxItems: MAX_TAGS }),
    [],
    'The interfaces offer these labels although no share has them.',
  ),
  feeds: setting(
    list(FEED, { maxItems: MAX_FEEDS }),
    [],
    'The daemon adds what appears in these RSS and Atom feeds and fits their words.',
  ),
  feedMinutes: setting(
    whole('minutes between two fetches of a feed', 5, 10_080),
    30,
    'The daemon fetches each feed every so many minutes.',
  ),
};

export const SETTINGS = Type.Object(
  { ...RATES_AND_HOURS, ...QUEUE_AND_GOALS, ...NETWORK, ...FILES, ...LABELS_AND_FEEDS },
  { description: 'The settings of torrents.' },
);

export type Settings = Shape<typeof SETTINGS>;
export const DEFAULT_SETTINGS: Settings = defaultsOf(SETTINGS);
/** Any of them, and nothing else. */
export const SETTINGS_CHANGE: TPartial<typeof SETTINGS> = changeOf(SETTINGS);

/** What holds at some hours of some days. */
export type ScheduleEntry = Shape<typeof SCHEDULE_ENTRY>;
/** What holds for all shares that have a label. */
export type LabelSettings = Shape<typeof LABEL>;
/** What appears in a feed and fits is added. */
export type Feed = Shape<typeof FEED>;

/** The settings of a label; undefined where it has none. Labels may be called as what every object has: `constructor`. */
export function labelOf(labels: Settings['labels'], name: string): LabelSettings | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
