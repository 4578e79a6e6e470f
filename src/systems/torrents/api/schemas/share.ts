/** Schemas of a share: what `GET /api/v1/shares` and the events tell of it. */
import type { ErrorCode } from '../../../../ground/errors.ts';
import { list, orNull, Type } from '../../../../host/schema.ts';
import { SHARE_NUMBERS } from '../../settings.ts';

export const PHASES = [
  'paused',
  'waiting',
  'metadata',
  'checking',
  'fetching',
  'resting',
  'seeding',
  'failed',
] as const;

export const PRIORITY = Type.Enum(['low', 'normal', 'high']);
export const LABELS = list(Type.String({ minLength: 1, maxLength: 100 }), {
  maxItems: 64,
  description: 'Labels of the share.',
});

const { downloadLimit, uploadLimit } = SHARE_NUMBERS.properties;
export const DOWNLOAD_LIMIT = { ...downloadLimit, description: 'Bytes per second; null is no limit.' };
export const UPLOAD_LIMIT = { ...uploadLimit, description: 'Bytes per second; null is no limit.' };

export const ID = Type.Object({ id: Type.Integer({ minimum: 1, description: 'Number of the share.' }) });

const TIME = Type.String({ format: 'date-time' });
const MINUTES = 'Minutes; null where the setting of the daemon decides.';

const IDENTITY = {
  id: Type.Integer({ description: 'Number of the share; no other share ever gets it.' }),
  hash: Type.String({ description: 'Info hash in hex: v1, or v2 where there is no v1.' }),
  name: Type.String(),
  folder: Type.String({ description: 'Folder that holds the file or the folder of the share.' }),
  magnet: Type.String({ description: 'Magnet link of the share.' }),
  usesDht: Type.Boolean({ description: 'Its peers are looked for in the DHT, where the daemon has one.' }),
  usesLsd: Type.Boolean({
    description: 'Its peers are looked for on the local network, where the daemon does that.',
  }),
  isInPlace: Type.Boolean({
    description:
      'The files lie where they are seeded from. The daemon writes to none of them; a follow replaces all of them.',
  }),
  follow: orNull(Type.Integer(), {
    description:
      'Number of the follow that keeps the share at the newest version. The follow ends when the share is removed.',
  }),
  fileCount: Type.Integer({ description: 'Number of files; 0 while it is not known.' }),
  addedAt: TIME,
  doneAt: orNull(TIME, { description: 'When the share became whole.' }),
};

const PROGRESS = {
  phase: Type.Enum(PHASES, {
    description: 'What the share does. `resting`: the disk refuses data, and the share goes on by itself.',
  }),
  totalBytes: Type.Integer({ description: 'Wanted bytes; 0 while that is not known.' }),
  doneBytes: Type.Integer({ description: 'Wanted bytes that are here.' }),
  downloadRate: Type.Number({ description: 'Bytes per second.' }),
  uploadRate: Type.Number({ description: 'Bytes per second.' }),
  downloadedBytes: Type.Integer({ description: 'Downloaded bytes in all runs.' }),
  uploadedBytes: Type.Integer({ description: 'Uploaded bytes in all runs.' }),
  peers: Type.Integer({ description: 'Connected peers.' }),
  seeds: Type.Integer({ description: 'Connected peers that have the whole share.' }),
  secondsLeft: orNull(Type.Number(), {
    description: 'Seconds until the share is whole; null while that is not known.',
  }),
  fetchingSeconds: Type.Integer({ description: 'Seconds of fetching in all runs.' }),
  seedingSeconds: Type.Integer({ description: 'Seconds of seeding in all runs.' }),
  movedAt: orNull(TIME, { description: 'When data moved last.' }),
  isFinished: Type.Boolean({ description: 'The daemon paused the share because it reached a goal.' }),
  trouble: orNull(Type.String(), { description: 'Why the share does not go on.' }),
  troubleCode: orNull(Type.Unsafe<ErrorCode>({ type: 'string' }), {
    description: 'Error code of the trouble.',
  }),
  searchTrouble: orNull(Type.String(), {
    description: 'What the trackers answered, while none of them works and no peer is connected.',
  }),
};

const PREFERENCES = {
  labels: LABELS,
  downloadLimit: DOWNLOAD_LIMIT,
  uploadLimit: UPLOAD_LIMIT,
  isSequential: Type.Boolean({ description: 'Pieces come in order, rather than the rarest first.' }),
  isEndsFirst: Type.Boolean({ description: 'The first and the last pieces of each file come first.' }),
  isOnDemand: Type.Boolean({ description: 'The daemon fetches only what a reader asks for.' }),
  priority: PRIORITY,
  place: Type.Integer({ description: 'Place in the queue.' }),
  isForced: Type.Boolean({ description: 'The share does not wait for others.' }),
  ratioGoal: orNull(Type.Number(), {
    description:
      'Bytes sent in all runs, over those of the wanted files; null where the setting of the daemon decides.',
  }),
  seedingGoal: orNull(Type.Number(), { description: MINUTES }),
  idleGoal: orNull(Type.Integer(), { description: MINUTES }),
};

export const SHARE = Type.Object({ ...IDENTITY, ...PROGRESS, ...PREFERENCES }, { description: 'The share.' });
export const SHARES = Type.Object({ shares: list(SHARE) }, { description: 'All shares of the daemon.' });
