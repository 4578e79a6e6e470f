/** What `POST /api/v1/shares` takes besides the source of a share: how it is found, and how what lies here is shared. */

const boolean = { type: 'boolean' } as const;

/** A share asks each tracker, and dials each peer, by itself: no person names more. */
const MAX_TRACKERS = 100;
const MAX_PEERS = 100;

export const ADD_MORE: Readonly<Record<string, unknown>> = {
  dataFolder: {
    type: 'string',
    minLength: 1,
    description: 'with "torrent": its data lies there, whole, and is shared in place',
  },
  version: { enum: ['v1', 'v2', 'hybrid'], description: 'with "path": of the torrent that is made' },
  pieceLength: { type: 'integer', minimum: 16_384, maximum: 67_108_864, description: 'with "path"' },
  isPrivate: { ...boolean, description: 'with "path": peers come from its trackers alone (BEP 27)' },
  rereads: {
    ...boolean,
    description:
      'with "path", also when it is shared already: other content takes the place of what is there',
  },
  isSuperSeeding: { ...boolean, description: 'shows each peer one piece at a time (BEP 16)' },
  peers: {
    type: 'array',
    maxItems: MAX_PEERS,
    items: { type: 'string', minLength: 1, maxLength: 300 },
    description: 'HOST:PORT each: asked besides those that are found',
  },
  trackers: {
    type: 'array',
    maxItems: MAX_TRACKERS,
    items: { type: 'string', pattern: '^(https?|udp)://', maxLength: 2000 },
    description: 'announce URLs besides its own',
  },
  usesDht: { ...boolean, description: 'false: no peers are looked for in the DHT' },
  usesLsd: { ...boolean, description: 'false: nor on the local network' },
};
