/** Schemas of publications and of what the daemon follows (BEP 46). */
import { list, orNull, Type } from '../../../../host/schema.ts';
import { MIN_RATE } from '../../settings.ts';

const MAX_PEERS = 100;
const KEY = Type.String({ description: 'Public key of the publisher, in hex.' });
const TROUBLE = orNull(Type.String(), { description: 'What is wrong at this moment.' });
/** Commands leave a limit out; null is no word for it here. */
const RATE = Type.Integer({ minimum: MIN_RATE, description: 'Bytes per second.' });

export const FOLLOW = Type.Object(
  {
    id: Type.Integer(),
    link: Type.String(),
    name: Type.String({ description: 'Name of the publication.' }),
    key: KEY,
    folder: Type.String({ description: 'Folder that holds the folder of the publication.' }),
    everySeconds: Type.Number({ description: 'Seconds between two looks for a newer version.' }),
    state: Type.Enum(['looking', 'fetching', 'paused', 'shown', 'failed'], {
      description: 'What the follow does. `paused`: the share of a newer version is paused.',
    }),
    sequence: orNull(Type.Integer(), { description: 'Number of the version in the folder.' }),
    path: orNull(Type.String(), { description: 'Path of that version.' }),
    lookedAt: orNull(Type.String({ format: 'date-time' }), {
      description: 'When the daemon looked for a newer version last, in this run.',
    }),
    share: orNull(Type.Integer(), {
      description:
        'Number of the share that is this version, or of the newer version that the daemon fetches.',
    }),
    totalBytes: Type.Integer({ description: 'Bytes of the version that the daemon fetches.' }),
    doneBytes: Type.Integer({ description: 'Bytes of it that are here.' }),
    trouble: TROUBLE,
    events: Type.Integer({ description: 'Number of events so far, in this run of the daemon.' }),
  },
  { description: 'What the daemon follows.' },
);
export const FOLLOWS = Type.Object(
  { follows: list(FOLLOW) },
  { description: 'All that the daemon follows.' },
);

export const FOLLOW_REQUEST = Type.Object(
  {
    link: Type.String({ minLength: 1, description: 'Link to a publication: `magnet:?xs=urn:btpk:…`.' }),
    folder: Type.String({ minLength: 1, description: 'Folder for the folder of the publication.' }),
    everySeconds: Type.Optional(
      Type.Number({
        minimum: 5,
        maximum: 10_000_000,
        description: 'Seconds between two looks for a newer version.',
      }),
    ),
    downloadLimit: Type.Optional(RATE),
    uploadLimit: Type.Optional(RATE),
    usesLsd: Type.Optional(
      Type.Boolean({ description: 'False: the daemon looks for no peers on the local network.' }),
    ),
    peers: Type.Optional(
      list(Type.String({ maxLength: 300 }), {
        maxItems: MAX_PEERS,
        description: 'Peers to dial, as `HOST:PORT`.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const PUBLICATION = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    key: KEY,
    keyName: Type.String({ description: 'Name of the signing key.' }),
    link: Type.String({ description: 'Link to the publication; it stays the same for every version.' }),
    sequence: orNull(Type.Integer(), { description: 'Number of the newest version.' }),
    share: orNull(Type.Integer(), { description: 'Number of the share that the publication names.' }),
    path: orNull(Type.String(), { description: 'File or folder that is published.' }),
    size: Type.Integer({ description: 'Bytes.' }),
    stored: orNull(Type.Integer(), {
      description: 'DHT nodes that hold the publication; null before the first answer.',
    }),
    isSuperseded: Type.Boolean({
      description: 'Another machine published a newer version with this key.',
    }),
    putAt: orNull(Type.String({ format: 'date-time' }), {
      description: 'When the daemon stored it in the DHT last.',
    }),
    trouble: TROUBLE,
  },
  { description: 'The publication.' },
);
export const PUBLICATIONS = Type.Object(
  { publications: list(PUBLICATION) },
  { description: 'All publications of the daemon.' },
);

export const PUBLISH = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Name that tells the publications of one key apart.',
    }),
    path: Type.String({ minLength: 1, description: 'File or folder to publish, as it is now.' }),
    keyName: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Name of the signing key. The daemon takes the first key, and makes one where there is none.',
      }),
    ),
    uploadLimit: Type.Optional({ ...RATE, description: 'Bytes per second, of its share.' }),
    usesLsd: Type.Optional(
      Type.Boolean({ description: 'False: the daemon does not announce it on the local network.' }),
    ),
    pieceLength: Type.Optional(
      Type.Integer({
        minimum: 16_384,
        maximum: 67_108_864,
        description: 'Bytes of a piece; the same as in the last version where it is absent.',
      }),
    ),
  },
  { additionalProperties: false },
);
