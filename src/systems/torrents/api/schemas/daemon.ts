/** Schemas of the daemon as a whole: its status, feeds, block list, keys and uploads. */
import { list, orNull, Type } from '../../../../host/schema.ts';
import { ENCRYPTION_POLICIES } from '../../../../net/encryption/core/policy.ts';

const DHT = Type.Object({
  network: Type.String({
    description: '`public`, or the name that follows from the network key of a group.',
  }),
  routers: orNull(list(Type.String()), {
    description: 'Nodes that it begins with in place of the well-known ones; null for those.',
  }),
});

/** More than anybody types. */
const MAX_NODES = 100;
export const DHT_NODES = Type.Object(
  {
    nodes: list(Type.String({ minLength: 1, maxLength: 300 }), {
      maxItems: MAX_NODES,
      description: 'Nodes as `HOST:PORT`.',
    }),
  },
  { additionalProperties: false },
);

const IN_EFFECT = Type.Object(
  {
    usesDht: Type.Boolean(),
    usesLsd: Type.Boolean(),
    usesPex: Type.Boolean(),
    usesTcp: Type.Boolean(),
    usesUtp: Type.Boolean(),
    peerPort: Type.Integer(),
    encryption: Type.Enum(ENCRYPTION_POLICIES, {
      description: 'Which connections to peers are encrypted.',
    }),
    dht: orNull(DHT, { description: 'The DHT of the daemon; null without one.' }),
    decidedAtStart: list(Type.Enum(['usesDht', 'usesLsd', 'usesTcp', 'usesUtp', 'peerPort', 'encryption']), {
      description: 'Settings that options of `shoal up` override.',
    }),
  },
  { description: 'Settings in effect now, whatever is set for the next start.' },
);

export const STATUS = Type.Object(
  {
    version: Type.String(),
    peerPort: Type.Integer({ description: 'Port on which peers reach the daemon.' }),
    downloadDir: Type.String({ description: 'Folder for fetched files.' }),
    freeBytes: orNull(Type.Integer(), {
      description: 'Free bytes in that folder; null while the disk does not answer.',
    }),
    dhtNodes: orNull(Type.Integer(), {
      description: 'Good nodes in the routing tables; null without a DHT.',
    }),
    downloadRate: Type.Number({ description: 'Bytes per second of all shares.' }),
    uploadRate: Type.Number({ description: 'Bytes per second of all shares.' }),
    downloadedBytes: Type.Integer({ description: 'Downloaded bytes since the start of each share.' }),
    uploadedBytes: Type.Integer({ description: 'Uploaded bytes since the start of each share.' }),
    making: list(Type.Object({ path: Type.String(), done: Type.Integer(), total: Type.Integer() }), {
      description: 'Files and folders that the daemon hashes to share them, with bytes done and in total.',
    }),
    upSeconds: Type.Number({ description: 'Seconds since the start of the daemon.' }),
    inEffect: IN_EFFECT,
  },
  { description: 'The daemon as a whole.' },
);

export const BLOCKLIST = Type.Object(
  {
    ranges: Type.Integer({ description: 'Ranges of addresses that the daemon does not talk to.' }),
    trouble: orNull(Type.String(), { description: 'Why the daemon could not fetch the list.' }),
  },
  { description: 'The block list in force.' },
);
export const BLOCKLIST_UPDATED = Type.Object(
  { ranges: Type.Integer({ description: 'Ranges of the new list.' }) },
  { description: 'The new block list is in force.' },
);

const FEED_ITEM = Type.Object({ title: Type.String(), link: Type.String() });
export const FEED_STATE = Type.Object({
  url: Type.String(),
  at: orNull(Type.String({ format: 'date-time' }), { description: 'When the daemon fetched the feed last.' }),
  trouble: orNull(Type.String(), { description: 'What failed, and why.' }),
  items: list(FEED_ITEM),
});
export const FEEDS = Type.Object({ feeds: list(FEED_STATE) }, { description: 'Feeds of the settings.' });

export const KEYS_QUERY = Type.Object(
  {
    share: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Number of a share: the answer has its address as well.' }),
    ),
  },
  { additionalProperties: false },
);
export const KEY = Type.Object({
  scope: Type.String({ description: 'What the key opens: `webdav`, `metrics`, or `share` and a number.' }),
  path: Type.String({ description: 'Address on this server.' }),
});
export const KEYS = Type.Object({ keys: list(KEY) }, { description: 'Addresses with keys.' });

export const UPLOAD = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Name of the folder, where more than one file is sent.',
    }),
  },
  { additionalProperties: false },
);
export const UPLOAD_ID = Type.Object(
  { upload: Type.String({ description: 'Names the upload in the addresses that follow.' }) },
  { description: 'The upload has begun.' },
);
const UPLOAD_NAME = Type.String({ description: 'The upload, as its beginning named it.' });
export const UPLOAD_PARAMS = Type.Object({ upload: UPLOAD_NAME });
export const UPLOAD_FILE_PARAMS = Type.Object({
  upload: UPLOAD_NAME,
  '*': Type.String({ description: 'Path of the file below the folder of the upload.' }),
});
