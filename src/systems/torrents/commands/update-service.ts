/**
 * One road for `publish` and `follow`, like `share-service.ts` for `get` and `share`: the commands are written against this
 * port, and a peer in their own process (`own-updates.ts`) or the daemon (`daemon-updates.ts`) does the work.
 *
 * In the command's own process a publication and a follow end with it. The daemon holds them over restarts: the command tells
 * what it did first, and ends.
 */
import type { Address } from '../../../ground/address.ts';
import type { SigningKey } from '../../../host/state/key-store.ts';
import type { FollowEvent } from '../share/follow.ts';
import type { PublishedStatus } from '../share/publish.ts';
import type { ShareReport } from '../share/report.ts';

interface AnyRequest {
  /** Bytes a second. */
  readonly uploadLimit?: number | undefined;
  readonly usesLsd?: boolean | undefined;
  readonly signal: AbortSignal;
  /** Between reports. */
  readonly intervalMs: number;
  /** Reports have the map of pieces. */
  readonly hasMap: boolean;
  /** How a version goes. */
  readonly onReport: (report: ShareReport) => void;
  /** For who asks for details. */
  readonly onDetail: (text: string) => void;
}

export interface PublishRequest extends AnyRequest {
  readonly name: string;
  readonly path: string;
  readonly key: SigningKey;
  /** As in the last version when absent. */
  readonly pieceLength?: number | undefined;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

export interface ServedPublication {
  /** In the daemon. */
  readonly number: number | undefined;
  readonly link: string;
  readonly sequence: number;
  /** What is published: its path, and its bytes. */
  readonly path: string;
  readonly size: number;
  /**
   * Puts the item and tells what came of it: in the own process until the signal, else of the daemon's first try.
   * @throws ShoalError
   */
  hold(onPut: (status: PublishedStatus) => void): Promise<void>;
}

export interface FollowRequest extends AnyRequest {
  /** To a publication. */
  readonly link: string;
  readonly folder: string;
  readonly everySeconds?: number | undefined;
  readonly peers: readonly Address[];
  readonly downloadLimit?: number | undefined;
}

/** What is told of a follow. */
export type ServedFollowEvent =
  | Exclude<FollowEvent, { readonly type: 'fetching' }>
  | { readonly type: 'fetching'; readonly sequence: number };

export interface ServedFollow {
  /** In the daemon. */
  readonly number: number | undefined;
  /** Until the signal. @throws ShoalError what it failed of */
  events(): AsyncGenerator<ServedFollowEvent>;
  /** Nothing goes on, also not in the daemon when this command began it. */
  end(): Promise<void>;
}

export interface UpdateService {
  readonly isDaemon: boolean;
  /** Where it takes peers. */
  readonly port: number;
  /** @throws ShoalError */
  publish(request: PublishRequest): Promise<ServedPublication>;
  /** @throws ShoalError */
  follow(request: FollowRequest): Promise<ServedFollow>;
  close(): Promise<void>;
}
