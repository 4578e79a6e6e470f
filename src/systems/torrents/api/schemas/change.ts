/** Schemas of requests that add, change and remove shares. */
import { given, list, orNull, Type } from '../../../../host/schema.ts';
import { SHARE_NUMBERS } from '../../settings.ts';
import { DOWNLOAD_LIMIT, LABELS, PRIORITY, UPLOAD_LIMIT } from './share.ts';

const { ratioGoal, seedingGoal, idleGoal, maxPeers } = SHARE_NUMBERS.properties;

/** A share asks each tracker, and dials each peer, by itself: no person names more. */
const MAX_TRACKERS = 100;
const MAX_PEERS = 100;
const ANNOUNCE_URL = Type.String({ pattern: '^(https?|udp)://', maxLength: 2000 });

/** How the torrent of a `path` is made, and how the data of a `torrent` is shared in place. */
const IN_PLACE = {
  dataFolder: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'With `torrent`: folder in which its data lies whole, to share it in place.',
    }),
  ),
  version: Type.Optional(
    Type.Enum(['v1', 'v2', 'hybrid'], { description: 'With `path`: version of the torrent.' }),
  ),
  pieceLength: Type.Optional(
    Type.Integer({
      minimum: 16_384,
      maximum: 67_108_864,
      description: 'With `path`: bytes of a piece.',
    }),
  ),
  isPrivate: Type.Optional(
    Type.Boolean({ description: 'With `path`: peers come from trackers alone (BEP 27).' }),
  ),
  rereads: Type.Optional(
    Type.Boolean({
      description:
        'With `path`: the daemon reads a share that it has already again, and offers what is there now.',
    }),
  ),
};

/** How peers of the share are found. */
const FINDING = {
  isSuperSeeding: Type.Optional(
    Type.Boolean({ description: 'The daemon shows each peer one piece at a time (BEP 16).' }),
  ),
  peers: Type.Optional(
    list(Type.String({ minLength: 1, maxLength: 300 }), {
      maxItems: MAX_PEERS,
      description: 'Peers to dial, as `HOST:PORT`, besides those that are found.',
    }),
  ),
  trackers: Type.Optional(
    list(ANNOUNCE_URL, {
      maxItems: MAX_TRACKERS,
      description: 'Announce URLs besides those of the torrent or the link.',
    }),
  ),
  usesDht: Type.Optional(Type.Boolean({ description: 'False: the daemon looks for no peers in the DHT.' })),
  usesLsd: Type.Optional(
    Type.Boolean({ description: 'False: the daemon looks for no peers on the local network.' }),
  ),
};

const RATIO_GOAL = Type.Optional({
  ...ratioGoal,
  description:
    'The daemon pauses the share when it has sent so many times the size of its wanted files, in all runs; null is no goal, whatever the settings say.',
});
const SEEDING_GOAL = Type.Optional({
  ...seedingGoal,
  description: 'Minutes of seeding in all runs, also parts of one; null is no goal.',
});

export const ADD = Type.Object(
  {
    link: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Magnet link, info hash, or path or address of a torrent file.',
      }),
    ),
    torrent: Type.Optional(Type.String({ minLength: 1, description: 'Torrent file in base64.' })),
    path: Type.Optional(Type.String({ minLength: 1, description: 'File or folder to share in place.' })),
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Folder for fetched files. The daemon makes it and tries to write in it first.',
      }),
    ),
    ...IN_PLACE,
    ...FINDING,
    isPaused: Type.Optional(Type.Boolean({ description: 'The share starts paused.' })),
    isOnDemand: Type.Optional(
      Type.Boolean({ description: 'The daemon fetches only what a reader asks for.' }),
    ),
    isSequential: Type.Optional(
      Type.Boolean({ description: 'Pieces come in order, rather than the rarest first.' }),
    ),
    downloadLimit: Type.Optional(DOWNLOAD_LIMIT),
    uploadLimit: Type.Optional(UPLOAD_LIMIT),
    ratioGoal: RATIO_GOAL,
    seedingGoal: SEEDING_GOAL,
    select: Type.Optional(
      list(Type.String({ minLength: 1, maxLength: 1000 }), {
        minItems: 1,
        maxItems: 1000,
        description: 'Globs over paths or names of files. The daemon fetches no other files.',
      }),
    ),
    labels: Type.Optional(LABELS),
  },
  { additionalProperties: false, description: 'One of `link`, `torrent` and `path`, and preferences.' },
);

export const FILE_CHANGE = Type.Object(
  {
    index: Type.Integer({ minimum: 0, description: 'Index of the file in the torrent.' }),
    isWanted: Type.Optional(Type.Boolean()),
    priority: Type.Optional(PRIORITY),
  },
  { additionalProperties: false },
);

const MAX_TIERS = 100;
const MAX_TRACKERS_OF_TIER = 100;

export const CHANGE = Type.Object(
  {
    isPaused: Type.Optional(Type.Boolean()),
    labels: Type.Optional(LABELS),
    downloadLimit: Type.Optional(DOWNLOAD_LIMIT),
    uploadLimit: Type.Optional(UPLOAD_LIMIT),
    files: Type.Optional(
      list(FILE_CHANGE, {
        maxItems: 1_000_000,
        description: 'Files that change; the others stay as they are.',
      }),
    ),
    name: Type.Optional(
      orNull(Type.String({ minLength: 1, maxLength: 255 }), {
        description: 'Name of the share in lists. Its files keep their names; null brings its own name back.',
      }),
    ),
    isSequential: Type.Optional(
      Type.Boolean({ description: 'Pieces come in order, rather than the rarest first.' }),
    ),
    isEndsFirst: Type.Optional(
      Type.Boolean({ description: 'The first and the last pieces of each file come first.' }),
    ),
    isOnDemand: Type.Optional(
      Type.Boolean({ description: 'The daemon fetches only what a reader asks for.' }),
    ),
    priority: Type.Optional({
      ...PRIORITY,
      description: 'Priority in the queue, and where shares divide a limit.',
    }),
    isForced: Type.Optional(Type.Boolean({ description: 'The share does not wait for others.' })),
    place: Type.Optional(Type.Integer({ minimum: 0, description: 'Place in the queue, from 0.' })),
    ratioGoal: RATIO_GOAL,
    seedingGoal: SEEDING_GOAL,
    idleGoal: Type.Optional({
      ...idleGoal,
      description: 'Minutes of seeding without uploads; null is no goal.',
    }),
    maxPeers: Type.Optional({
      ...maxPeers,
      description: 'Connections of the share; null is the setting of the daemon.',
    }),
    announce: Type.Optional(
      orNull(list(list(ANNOUNCE_URL, { maxItems: MAX_TRACKERS_OF_TIER }), { maxItems: MAX_TIERS }), {
        description: 'Tiers of announce URLs in place of those of the torrent; null brings those back.',
      }),
    ),
    folder: Type.Optional(
      Type.String({ minLength: 1, description: 'Folder to which the daemon moves the files of the share.' }),
    ),
  },
  { additionalProperties: false, description: 'A preference that is absent stays as it is.' },
);

export const REMOVE = Type.Object(
  {
    data: given(
      Type.Boolean({ default: false, description: 'The daemon removes the fetched files as well.' }),
    ),
  },
  { additionalProperties: false },
);

export const REMOVED = Type.Object(
  {
    isDataRemoved: Type.Boolean({
      description: 'False for a share in place, and where files stay that other shares have too.',
    }),
    folder: Type.String({ description: 'Folder in which the data lies, or lay.' }),
  },
  { description: 'What became of the data.' },
);
