/**
 * What the HTTP API takes and gives, as types that follow from its schemas. Types alone, so that the page can use them: what
 * is imported here is gone when the page runs.
 */
import type { Shape } from '../../../host/schema.ts';
import type { ADD, CHANGE, FILE_CHANGE, REMOVED } from './schemas/change.ts';
import type { BLOCKLIST, FEED_STATE, STATUS } from './schemas/daemon.ts';
import type { FILE, LOG_LINE, PEER, PIECES, RATES, TRACKER, TRACKERS, WEB_SEED } from './schemas/details.ts';
import type { SHARE } from './schemas/share.ts';
import type { FOLLOW, PUBLICATION } from './schemas/updates.ts';

export type { FilePriority, Priority } from '../core/preferences.ts';
export type { Feed, LabelSettings, ScheduleEntry, Settings, Settings as PeerSettings } from '../settings.ts';

export type ShareSummary = Shape<typeof SHARE>;
/** `resting`: the disk refuses; it goes on by itself. */
export type Phase = ShareSummary['phase'];
/** What became of a share whose data was to go as well. */
export type Removed = Shape<typeof REMOVED>;
export type FileSummary = Shape<typeof FILE>;
export type PeerSummary = Shape<typeof PEER>;
export type TrackerSummary = Shape<typeof TRACKER>;
/** A web server that has the files (BEP 19). */
export type WebSeedSummary = Shape<typeof WEB_SEED>;
export type Trackers = Shape<typeof TRACKERS>;
export type Pieces = Shape<typeof PIECES>;
export type Rates = Shape<typeof RATES>;
export type LogLine = Shape<typeof LOG_LINE>;
export type PeerState = Shape<typeof STATUS>;
export type BlocklistState = Shape<typeof BLOCKLIST>;
export type FeedState = Shape<typeof FEED_STATE>;
/** One of `link`, `torrent` and `path`. */
export type AddRequest = Shape<typeof ADD>;
/** What is absent stays as it is. */
export type ChangeRequest = Shape<typeof CHANGE>;
export type FileChange = Shape<typeof FILE_CHANGE>;
/** What the daemon publishes under a key. */
export type PublicationSummary = Shape<typeof PUBLICATION>;
/** What the daemon follows. */
export type FollowSummary = Shape<typeof FOLLOW>;
