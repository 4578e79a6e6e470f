/** What the HTTP API takes and gives, as JSON Schema: requests are checked against these, answers are written with them. */

const limit = {
  type: ['integer', 'null'],
  minimum: 1024,
  description: 'bytes a second; null for none',
} as const;
const labels = {
  type: 'array',
  maxItems: 64,
  items: { type: 'string', minLength: 1, maxLength: 100 },
};

export type Phase =
  | 'paused'
  | 'waiting'
  | 'metadata'
  | 'checking'
  | 'fetching'
  | 'resting'
  | 'seeding'
  | 'failed';

const PHASES: readonly Phase[] = [
  'paused',
  'waiting',
  'metadata',
  'checking',
  'fetching',
  'resting',
  'seeding',
  'failed',
];

type Schema = Readonly<Record<string, unknown>>;

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
    addedAt: { type: 'string', format: 'date-time' },
    doneAt: { type: ['string', 'null'], format: 'date-time' },
    magnet: { type: 'string' },
    trouble: { type: ['string', 'null'], description: 'why it does not go on' },
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
    folder: { type: 'string', minLength: 1, description: 'where fetched files go' },
    isPaused: { type: 'boolean' },
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
    unwanted: {
      type: 'array',
      items: { type: 'integer', minimum: 0 },
      description: 'files that are not wanted',
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

export const ERROR: Schema = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'string' }, message: { type: 'string' } },
};
