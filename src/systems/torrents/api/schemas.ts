/** What the HTTP API takes and gives, as JSON Schema: requests are checked against these, answers are written with them. */
import {
  type Bound,
  MAX_BANNED,
  MAX_LABELS,
  MAX_TAGS,
  MIN_RATE,
  SETTING_BOUNDS,
  PREFERENCE_BOUNDS,
} from '../roster/bounds.ts';
import { ADD_MORE } from './add-schema.ts';
import { PHASES } from './summary.ts';

const limit = {
  type: ['integer', 'null'],
  minimum: MIN_RATE,
  description: 'bytes a second; null for none',
} as const;
const labels = {
  type: 'array',
  maxItems: 64,
  items: { type: 'string', minLength: 1, maxLength: 100 },
};

type Schema = Readonly<Record<string, unknown>>;

/** The bounds that the roster enforces. */
const within = ({ least, most, isWhole }: Bound): { readonly type: string } => ({
  type: isWhole ? 'integer' : 'number',
  ...{ minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }) },
});
const orNull = <Named extends { readonly type: string }>(schema: Named): Schema => ({
  ...schema,
  type: [schema.type, 'null'],
});

export const SHARE: Schema = {
  type: 'object',
  required: ['id', 'hash', 'name', 'folder', 'phase', 'totalBytes', 'doneBytes'],
  properties: {
    id: { type: 'integer' },
    hash: { type: 'string', description: 'info hash in hex, v1 before v2' },
    name: { type: 'string' },
    folder: { type: 'string', description: 'holds its file or folder' },
    phase: { enum: PHASES, description: 'resting: the disk refuses; it goes on by itself' },
    totalBytes: { type: 'integer', description: 'wanted; 0 while that is not known' },
    doneBytes: { type: 'integer' },
    downloadRate: { type: 'number', description: 'bytes a second' },
    uploadRate: { type: 'number' },
    downloadedBytes: { type: 'integer', description: 'in all runs' },
    uploadedBytes: { type: 'integer' },
    peers: { type: 'integer' },
    seeds: { type: 'integer' },
    secondsLeft: { type: ['number', 'null'] },
    labels,
    downloadLimit: limit,
    uploadLimit: limit,
    isSequential: { type: 'boolean', description: 'in order, rather than the rarest first' },
    isEndsFirst: { type: 'boolean', description: 'the first and the last pieces of each file first' },
    isOnDemand: { type: 'boolean', description: 'only what somebody reads is fetched' },
    isInPlace: { type: 'boolean', description: 'shared where the person keeps it; never written to' },
    fileCount: { type: 'integer', description: '0 while that is not known' },
    addedAt: { type: 'string', format: 'date-time' },
    doneAt: { type: ['string', 'null'], format: 'date-time' },
    priority: { enum: ['low', 'normal', 'high'] },
    place: { type: 'integer', description: 'in the queue' },
    isForced: { type: 'boolean' },
    ratioGoal: { type: ['number', 'null'] },
    seedingGoal: { type: ['number', 'null'], description: 'minutes' },
    idleGoal: { type: ['integer', 'null'], description: 'minutes' },
    isFinished: { type: 'boolean', description: 'paused because it has reached a goal' },
    fetchingSeconds: { type: 'integer', description: 'in all runs' },
    seedingSeconds: { type: 'integer', description: 'in all runs' },
    movedAt: { type: ['string', 'null'], format: 'date-time', description: 'data moved last' },
    magnet: { type: 'string' },
    trouble: { type: ['string', 'null'], description: 'why it does not go on' },
    troubleCode: { type: ['string', 'null'], description: 'the error code of that' },
    searchTrouble: {
      type: ['string', 'null'],
      description:
        'why nobody is found: what the trackers answered, while none of them works and nobody is connected',
    },
  },
};

export const SHARES: Schema = {
  type: 'object',
  required: ['shares'],
  properties: { shares: { type: 'array', items: SHARE } },
};

export const ADD: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    link: {
      type: 'string',
      minLength: 1,
      description: 'magnet link, info hash, torrent file or its address',
    },
    torrent: { type: 'string', minLength: 1, description: 'a torrent file, in base64' },
    path: { type: 'string', minLength: 1, description: 'a file or folder to share in place' },
    folder: { type: 'string', minLength: 1, description: 'where fetched files go; made and tried first' },
    ...ADD_MORE,
    isPaused: { type: 'boolean' },
    isOnDemand: { type: 'boolean', description: 'only what somebody reads is fetched' },
    isSequential: { type: 'boolean', description: 'in order, rather than the rarest first' },
    downloadLimit: limit,
    uploadLimit: limit,
    ratioGoal: {
      ...orNull(within(PREFERENCE_BOUNDS.ratioGoal)),
      description: 'null for none, whatever the settings say',
    },
    seedingGoal: {
      ...orNull(within(PREFERENCE_BOUNDS.seedingGoal)),
      description: 'minutes of seeding, in all runs; also parts of one',
    },
    select: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: { type: 'string', minLength: 1, maxLength: 1000 },
      description: 'globs over the paths of files, or their names: no other files are fetched',
    },
    labels,
  },
};

export const CHANGE: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    isPaused: { type: 'boolean' },
    labels,
    downloadLimit: limit,
    uploadLimit: limit,
    files: {
      type: 'array',
      maxItems: 1_000_000,
      description: 'what changes about files; the others stay as they are',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['index'],
        properties: {
          index: { type: 'integer', minimum: 0 },
          isWanted: { type: 'boolean' },
          priority: { enum: ['low', 'normal', 'high'] },
        },
      },
    },
    name: {
      type: ['string', 'null'],
      minLength: 1,
      maxLength: 255,
      description: 'what it is called in lists; its files keep their names; null for its own',
    },
    isSequential: { type: 'boolean' },
    isEndsFirst: { type: 'boolean' },
    isOnDemand: { type: 'boolean' },
    priority: { enum: ['low', 'normal', 'high'], description: 'in the queue, and where a limit is shared' },
    isForced: { type: 'boolean', description: 'does not wait for others' },
    place: { type: 'integer', minimum: 0, description: 'in the queue, from 0' },
    ratioGoal: {
      ...orNull(within(PREFERENCE_BOUNDS.ratioGoal)),
      description: 'null for none, whatever the settings say',
    },
    seedingGoal: {
      ...orNull(within(PREFERENCE_BOUNDS.seedingGoal)),
      description: 'minutes of seeding, in all runs',
    },
    idleGoal: { ...orNull(within(PREFERENCE_BOUNDS.idleGoal)), description: 'minutes' },
    maxPeers: orNull(within(PREFERENCE_BOUNDS.maxPeers)),
    announce: {
      type: ['array', 'null'],
      maxItems: 100,
      items: {
        type: 'array',
        maxItems: 100,
        items: { type: 'string', pattern: '^(https?|udp)://', maxLength: 2000 },
      },
      description: 'tiers of announce URLs, instead of its own; null for its own',
    },
    folder: { type: 'string', minLength: 1, description: 'moves its files' },
  },
};

export const ID: Schema = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer', minimum: 1 } },
};

export const REMOVE: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: { data: { type: 'boolean', default: false, description: 'removes what was fetched as well' } },
};

export const REMOVED: Schema = {
  type: 'object',
  required: ['isDataRemoved', 'folder'],
  properties: {
    isDataRemoved: {
      type: 'boolean',
      description: 'false: it was shared in place, or files that are not of this share alone stay',
    },
    folder: { type: 'string', description: 'where its data lies, or lay' },
  },
};

export const ERROR: Schema = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'string' }, message: { type: 'string' } },
};

const integer = { type: 'integer' } as const;
const number = { type: 'number' } as const;
const text = { type: 'string' } as const;
const boolean = { type: 'boolean' } as const;
const list = (name: string, properties: Schema): Schema => ({
  type: 'object',
  required: [name],
  properties: { [name]: { type: 'array', items: { type: 'object', properties } } },
});

export const FILES: Schema = list('files', {
  index: integer,
  path: text,
  size: integer,
  done: { ...integer, description: 'bytes that are here' },
  isWanted: boolean,
  priority: { enum: ['low', 'normal', 'high'] },
  kind: {
    enum: ['video', 'audio', 'image', 'text', 'subtitles', 'other'],
    description: 'what a browser may show of it',
  },
  url: { ...text, description: 'where it can be read, also while it loads' },
  playerUrl: {
    ...text,
    description: 'the same for a player that cannot sign in, with a key where one is needed',
  },
});

export const KEYS_QUERY: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: { share: { type: 'integer', minimum: 1, description: 'its address as well' } },
};

export const KEYS: Schema = list('keys', {
  scope: { ...text, description: 'what it opens: webdav, metrics, or share and its number' },
  path: text,
});

export const PEERS: Schema = list('peers', {
  address: text,
  client: text,
  downloadRate: { ...number, description: 'bytes a second, from it to us' },
  uploadRate: number,
  downloadedBytes: integer,
  uploadedBytes: integer,
  progress: { ...number, description: '0 to 1: how much of the share it has' },
  isIncoming: boolean,
  isInterested: { ...boolean, description: 'it has what we want' },
  isChokingUs: { ...boolean, description: 'it does not serve us at present' },
  isPeerInterested: { ...boolean, description: 'it wants what we have' },
  isChoked: { ...boolean, description: 'we do not serve it at present' },
});

export const TRACKERS: Schema = {
  type: 'object',
  required: ['trackers', 'webSeeds', 'dht', 'ways'],
  properties: {
    trackers: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          url: text,
          tier: integer,
          state: { enum: ['waiting', 'asking', 'working', 'failed'] },
          message: text,
          seeders: integer,
          leechers: integer,
        },
      },
    },
    webSeeds: {
      type: 'array',
      description: 'web servers that have the files (BEP 19)',
      items: {
        type: 'object',
        properties: {
          url: text,
          state: { enum: ['waiting', 'asking', 'working', 'failed', 'banned'] },
          message: { ...text, description: 'why it gives nothing' },
        },
      },
    },
    dht: {
      type: ['object', 'null'],
      description: 'null for private shares, and without a DHT',
      properties: { isReady: boolean, rounds: integer, stored: integer, found: integer },
    },
    ways: {
      type: 'object',
      description: 'how peers are found besides trackers; all off for private shares',
      properties: { dht: boolean, pex: boolean, lsd: boolean },
    },
  },
};

export const PIECES_QUERY: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    cells: { type: 'integer', minimum: 1, maximum: 5000, default: 500, description: 'at most so many' },
  },
};

export const PIECES: Schema = {
  type: 'object',
  properties: {
    pieceCount: integer,
    pieceLength: integer,
    have: { type: 'array', items: number, description: 'by cell, 0 to 1: how much of it is here' },
    availability: {
      type: 'array',
      items: integer,
      description: 'by cell: how many peers have the rarest piece of it',
    },
  },
};

export const RATES: Schema = {
  type: 'object',
  properties: {
    secondsEach: { ...number, description: 'between two samples' },
    download: { type: 'array', items: number, description: 'bytes a second, the oldest first' },
    upload: { type: 'array', items: number },
  },
};

export const LOG: Schema = list('lines', { at: { type: 'string', format: 'date-time' }, text });

export const STATUS: Schema = {
  type: 'object',
  properties: {
    version: text,
    peerPort: integer,
    downloadDir: text,
    freeBytes: { type: ['integer', 'null'], description: 'where fetched files go' },
    dhtNodes: { type: ['integer', 'null'], description: 'null without a DHT' },
    downloadRate: number,
    uploadRate: number,
    downloadedBytes: { ...integer, description: 'since it is up' },
    uploadedBytes: integer,
    making: {
      type: 'array',
      description: 'files and folders that are being read to be shared',
      items: { type: 'object', properties: { path: text, done: integer, total: integer } },
    },
    upSeconds: number,
    inEffect: {
      type: 'object',
      description: 'what holds now, whatever is set for the next start',
      properties: {
        usesDht: boolean,
        usesLsd: boolean,
        usesPex: boolean,
        peerPort: integer,
        decidedAtStart: {
          type: 'array',
          items: { enum: ['usesDht', 'usesLsd', 'peerPort'] },
          description: 'settings that options of shoal up go before',
        },
      },
    },
  },
};

const setting = (name: keyof typeof SETTING_BOUNDS): { readonly type: string } =>
  within(SETTING_BOUNDS[name]);
const folder = { type: 'string', minLength: 1, maxLength: 4096 } as const;
const clock = { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } as const;

const SETTINGS_PROPERTIES: Schema = {
  startsAdded: { ...boolean, description: 'what is added starts at once' },
  downloadLimit: limit,
  uploadLimit: limit,
  isSlow: { ...boolean, description: 'the slow limits hold now' },
  slowDownloadLimit: limit,
  slowUploadLimit: limit,
  schedule: {
    type: 'array',
    maxItems: 100,
    description: 'what holds at some hours of some days; 0 is Sunday',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['days', 'from', 'to', 'mode'],
      properties: {
        days: { type: 'array', maxItems: 7, items: { type: 'integer', minimum: 0, maximum: 6 } },
        from: clock,
        to: clock,
        mode: { enum: ['slow', 'pause'] },
      },
    },
  },
  meteredInterfaces: {
    type: 'array',
    maxItems: 32,
    items: { type: 'string', minLength: 1, maxLength: 64 },
    description: 'network interfaces whose traffic costs money',
  },
  onMetered: { enum: ['slow', 'pause'] },
  maxDownloads: {
    ...orNull(setting('maxDownloads')),
    description: 'shares that may fetch at once; null for all',
  },
  maxSeeds: { ...orNull(setting('maxSeeds')), description: 'shares that may seed at once; null for all' },
  stalledMinutes: {
    ...orNull(setting('stalledMinutes')),
    description: 'a share on which nothing moves so long takes no place',
  },
  ratioGoal: {
    ...orNull(setting('ratioGoal')),
    description: 'a share that gave back so many times what it took is paused',
  },
  seedingGoal: {
    ...orNull(setting('seedingGoal')),
    description: 'and one that has seeded for so many minutes',
  },
  idleGoal: {
    ...orNull(setting('idleGoal')),
    description: 'and one that nobody asked for in so many minutes',
  },
  maxPeers: { ...orNull(setting('maxPeers')), description: 'connections of all shares together' },
  maxPeersEach: { ...setting('maxPeersEach'), description: 'connections of each share' },
  usesDht: { ...boolean, description: 'from the next start of the daemon on' },
  usesLsd: { ...boolean, description: 'peers of the local network; from the next start of the daemon on' },
  usesPex: { ...boolean, description: 'peer exchange; from the next start of each share on' },
  peerPort: {
    ...orNull(setting('peerPort')),
    description: 'for peers, from the next start on; 0 for any, null for the usual ones',
  },
  cacheSize: { ...setting('cacheSize'), description: 'MiB for what is sent' },
  downloadDir: { ...orNull(folder), description: 'where fetched files go; null as shoal up was told' },
  incompleteDir: { ...orNull(folder), description: 'where shares lie while they are fetched' },
  doneDir: { ...orNull(folder), description: 'where shares go when they are whole' },
  watchDir: { ...orNull(folder), description: 'torrent files that appear in it are added' },
  removesWatched: { ...boolean, description: 'those are removed, rather than renamed' },
  minFreeBytes: { ...setting('minFreeBytes'), description: 'with less on the disk nothing is fetched' },
  labels: {
    type: 'object',
    maxProperties: MAX_LABELS,
    description: 'what holds for all shares with a label',
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      properties: {
        folder: orNull(folder),
        downloadLimit: limit,
        uploadLimit: limit,
        maxDownloads: orNull(setting('maxDownloads')),
      },
    },
  },
  tags: {
    type: 'array',
    maxItems: MAX_TAGS,
    items: { type: 'string', minLength: 1, maxLength: 100 },
    description: 'labels that are offered although no share has them',
  },
  feeds: {
    type: 'array',
    maxItems: 200,
    description: 'RSS and Atom feeds: what appears in one and fits its words is added',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['url', 'words', 'label'],
      properties: {
        url: { type: 'string', pattern: '^https?://', maxLength: 2000 },
        words: { type: 'string', maxLength: 500, description: 'all in the title; behind a minus, none' },
        label: { type: ['string', 'null'], maxLength: 100 },
      },
    },
  },
  feedMinutes: { ...setting('feedMinutes'), description: 'between two fetches' },
  usesBlocklist: boolean,
  blocklistUrl: { type: 'string', maxLength: 2000 },
  bannedAddresses: {
    type: 'array',
    maxItems: MAX_BANNED,
    items: { type: 'string', pattern: '^[0-9a-fA-F.:]+$', maxLength: 45 },
    description: 'addresses of single peers that are not talked to, besides those of the list',
  },
  mayReachPrivate: {
    ...boolean,
    description:
      'addresses in our own network may be followed whoever names them: feeds, torrents, redirects',
  },
};

export const SETTINGS: Schema = { type: 'object', properties: SETTINGS_PROPERTIES };
export const SETTINGS_CHANGE: Schema = { ...SETTINGS, additionalProperties: false };

export const UPLOAD: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...text, minLength: 1, maxLength: 255, description: 'of the folder, if there are several' },
  },
};
export const UPLOAD_ID: Schema = { type: 'object', required: ['upload'], properties: { upload: text } };

export const BLOCKLIST: Schema = {
  type: 'object',
  required: ['ranges', 'trouble'],
  properties: {
    ranges: { ...integer, description: 'of addresses that are not talked to' },
    trouble: { type: ['string', 'null'], description: 'why the list could not be fetched' },
  },
};

export const FEEDS: Schema = list('feeds', {
  url: text,
  at: { type: ['string', 'null'], format: 'date-time' },
  trouble: { type: ['string', 'null'] },
  items: { type: 'array', items: { type: 'object', properties: { title: text, link: text } } },
});
