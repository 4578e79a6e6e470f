/**
 * One road for the commands that fetch and share. They are written against this port, and it has two implementations: a peer
 * in the command's own process (`own-service.ts`), and the daemon of the state folder, over its API (`daemon-service.ts`).
 * `open-service.ts` chooses.
 *
 * The port is as narrow as the commands need it: a share is added, watched until it is done, located on the disk, and let
 * go. What differs lies behind it:
 *
 * | | own process | daemon |
 * |---|---|---|
 * | the share, when the command ends | ends | goes on; a new one that the command gave up is paused |
 * | a share that was there | is started anew | is resumed, gets the files that it lacks, and goes on as it was before |
 * | goals (`--seed-time`, `--seed-ratio`) | counted here | of a new share: its preferences, so that they hold after Ctrl-C |
 * | the folder | the one that was named | where the daemon has it, which the command may find to be another |
 */
import type { TorrentVersion } from '../../../data/content/metainfo.ts';
import type { Address } from '../../../ground/address.ts';
import type { LinkSource } from '../share/link-source.ts';
import type { SearchWays } from '../share/options.ts';
import type { ShareReport } from '../share/report.ts';
import type { SeedGoals } from './seed-goals.ts';

/** Lines about one share, for people. */
export interface ShareNotices {
  /** Worth a line: bytes of a person's files are going to be replaced. */
  readonly onWarning: (text: string) => void;
  /** For who asks for details. */
  readonly onDetail: (text: string) => void;
}

interface AnyRequest extends SearchWays, ShareNotices {
  /** Announce URLs besides those of the torrent or the link. */
  readonly trackers: readonly string[];
  /** Bytes a second. */
  readonly downloadLimit?: number | undefined;
  readonly uploadLimit?: number | undefined;
  readonly signal: AbortSignal;
}

export interface FetchRequest extends AnyRequest {
  /** As a person typed it, and what it was read as. */
  readonly link: string;
  readonly source: LinkSource;
  /** Where its file or folder goes. */
  readonly folder: string;
  /** Globs over paths; all files when absent. */
  readonly select?: readonly string[] | undefined;
  readonly isSequential: boolean;
  readonly peers: readonly Address[];
  readonly goals: SeedGoals;
  /** A folder that holds the data already: it is copied from there rather than fetched. */
  readonly copyFrom?: string | undefined;
}

export interface OfferRequest extends AnyRequest {
  /** A file or folder, or a torrent file whose data lies in `dataFolder`. */
  readonly path: string;
  readonly dataFolder?: string | undefined;
  readonly version: TorrentVersion;
  readonly pieceLength?: number | undefined;
  readonly isPrivate: boolean;
  readonly isSuperSeeding: boolean;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

export interface ShareLinks {
  readonly magnet: string;
  /** Path of the torrent file. */
  readonly torrent: string;
  /** In hex. */
  readonly infoHashV1: string | undefined;
  readonly infoHashV2: string | undefined;
}

export interface WatchOptions {
  readonly intervalMs: number;
  /** With the map of pieces. */
  readonly hasMap: boolean;
  readonly signal: AbortSignal;
}

export interface ServedShare {
  /** In the daemon. */
  readonly number: number | undefined;
  /** It was not there before. */
  readonly isNew: boolean;
  readonly name: string;
  /** Holds its file or folder. */
  readonly folder: string;
  links(): ShareLinks;
  /**
   * Reports at once, at each interval, and when something changes; ends at the signal and when the share was stopped.
   * Counts of bytes begin with this command.
   * @throws ShoalError what the share failed of, after a last report
   */
  watch(options: WatchOptions): AsyncGenerator<ShareReport>;
  /** The file or folder of a share that is done. */
  locate(): Promise<string>;
  /** Bytes that were copied into the folder rather than fetched. */
  readonly copiedBytes: number;
  /**
   * The command ends.
   * @param hasGivenUp nothing came: a share that this command added does not go on
   * @returns lines about what becomes of the share, for people
   */
  release(hasGivenUp: boolean): Promise<readonly string[]>;
}

export interface ShareService {
  readonly isDaemon: boolean;
  /** Where it takes peers. */
  readonly port: number;
  /** @throws ShoalError */
  fetch(request: FetchRequest): Promise<ServedShare>;
  /** @throws ShoalError */
  offer(request: OfferRequest): Promise<ServedShare>;
  close(): Promise<void>;
}
