/** Schemas of what can be asked about one share. */
import { given, list, orNull, Type } from '../../../../host/schema.ts';
import { PRIORITY } from './share.ts';

export const FILE = Type.Object({
  index: Type.Integer({ description: 'Index of the file in the torrent.' }),
  path: Type.String(),
  size: Type.Integer({ description: 'Bytes.' }),
  done: Type.Integer({ description: 'Bytes that are here.' }),
  isWanted: Type.Boolean(),
  priority: PRIORITY,
  kind: Type.Enum(['video', 'audio', 'image', 'text', 'subtitles', 'other'], {
    description: 'How a browser may show the file.',
  }),
  url: Type.String({ description: 'Address of the file on this server, also while it loads.' }),
  playerUrl: Type.String({
    description: 'The same for a player that cannot sign in, with a key where one is needed.',
  }),
});
export const FILES = Type.Object({ files: list(FILE) }, { description: 'Files of the share.' });

export const PEER = Type.Object({
  address: Type.String(),
  client: Type.String({ description: 'Name of its program.' }),
  transport: Type.Enum(['tcp', 'utp'], { description: 'What carries the connection.' }),
  downloadRate: Type.Number({ description: 'Bytes per second, from the peer to the daemon.' }),
  uploadRate: Type.Number({ description: 'Bytes per second, from the daemon to the peer.' }),
  downloadedBytes: Type.Integer(),
  uploadedBytes: Type.Integer(),
  progress: Type.Number({ description: 'Part of the share that the peer has, from 0 to 1.' }),
  isIncoming: Type.Boolean({ description: 'The peer opened the connection.' }),
  encryption: Type.Enum(['none', 'plaintext', 'rc4'], {
    description: 'None; a handshake that is encrypted, with plaintext behind it; or all of the stream.',
  }),
  isInterested: Type.Boolean({ description: 'The peer has data that the daemon wants.' }),
  isChokingUs: Type.Boolean({ description: 'The peer sends no data at present.' }),
  isPeerInterested: Type.Boolean({ description: 'The peer wants data that the daemon has.' }),
  isChoked: Type.Boolean({ description: 'The daemon sends no data at present.' }),
});
export const PEERS = Type.Object({ peers: list(PEER) }, { description: 'Connected peers.' });

export const TRACKER = Type.Object({
  url: Type.String(),
  tier: Type.Integer(),
  state: Type.Enum(['waiting', 'asking', 'working', 'failed']),
  message: Type.Optional(Type.String({ description: 'What the tracker answered, or why it failed.' })),
  seeders: Type.Optional(Type.Integer()),
  leechers: Type.Optional(Type.Integer()),
});
export const WEB_SEED = Type.Object({
  url: Type.String(),
  state: Type.Enum(['waiting', 'asking', 'working', 'failed', 'banned']),
  message: Type.Optional(Type.String({ description: 'Why the web seed gives no data.' })),
});
export const TRACKERS = Type.Object(
  {
    trackers: list(TRACKER),
    webSeeds: list(WEB_SEED, { description: 'Web servers that have the files (BEP 19).' }),
    dht: orNull(
      Type.Object({
        isReady: Type.Boolean({ description: 'The DHT node knows other nodes.' }),
        rounds: Type.Integer({ description: 'Announces so far.' }),
        stored: Type.Integer({ description: 'Nodes that stored the last announce.' }),
        found: Type.Integer({ description: 'Peers that the DHT named.' }),
      }),
      { description: 'Search in the DHT; null for private shares, and without a DHT.' },
    ),
    ways: Type.Object(
      { dht: Type.Boolean(), pex: Type.Boolean(), lsd: Type.Boolean() },
      { description: 'Ways to find peers besides trackers; all are off for private shares.' },
    ),
  },
  { description: 'Trackers, web seeds and other ways to find peers.' },
);

export const PIECES_QUERY = Type.Object(
  {
    cells: given(
      Type.Integer({
        minimum: 1,
        maximum: 5000,
        default: 500,
        description: 'Greatest number of cells in the answer.',
      }),
    ),
  },
  { additionalProperties: false },
);
export const PIECES = Type.Object(
  {
    pieceCount: Type.Integer(),
    pieceLength: Type.Integer({ description: 'Bytes.' }),
    have: list(Type.Number(), { description: 'Part of each cell that is here, from 0 to 1.' }),
    availability: list(Type.Integer(), { description: 'Peers that have the rarest piece of each cell.' }),
  },
  { description: 'Pieces of the share, as cells of equal size.' },
);

export const RATES = Type.Object(
  {
    secondsEach: Type.Number({ description: 'Seconds between two samples.' }),
    download: list(Type.Number(), { description: 'Bytes per second, the oldest sample first.' }),
    upload: list(Type.Number(), { description: 'Bytes per second, the oldest sample first.' }),
  },
  { description: 'Rates of the last ten minutes.' },
);

export const LOG_LINE = Type.Object({ at: Type.String({ format: 'date-time' }), text: Type.String() });
export const LOG = Type.Object(
  { lines: list(LOG_LINE) },
  { description: 'Events of the share, the oldest first.' },
);
