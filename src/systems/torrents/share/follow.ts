/**
 * Following a share that changes (BEP 46), as programs see it: the library's face of `follow-run.ts`, with the shares of the
 * versions in a peer.
 */
import type { UpdateLink } from '../../../data/content/update-link.ts';
import type { Address } from '../../../ground/address.ts';
import { FollowRun, type FollowRunEvent } from './follow-run.ts';
import type { ShareLimits } from './limits.ts';
import type { SearchWays } from './options.ts';
import type { ShoalPeer } from './peer.ts';
import type { Share } from './share.ts';
import { PeerVersions } from './versions.ts';

export interface FollowOptions extends ShareLimits, Pick<SearchWays, 'usesLsd'> {
  readonly link: UpdateLink;
  readonly outputDir: string;
  /** Seconds between looks for a newer version. */
  readonly everySeconds?: number | undefined;
  /** Peers to ask besides those that are found. */
  readonly peers?: readonly Address[] | undefined;
  readonly signal: AbortSignal;
  readonly onNotice?: (message: string) => void;
  /** The newest version was looked for, whatever was found. */
  readonly onLook?: (() => void) | undefined;
}

export type FollowEvent =
  | Exclude<FollowRunEvent, { readonly type: 'fetching' }>
  /** A newer version is being fetched; `share` has the progress. */
  | { readonly type: 'fetching'; readonly sequence: number; readonly share: Share };

export class Follower {
  readonly #versions: PeerVersions;
  readonly #run: FollowRun;

  /** @throws ShoalError bad-argument without a DHT */
  constructor(peer: ShoalPeer, options: FollowOptions) {
    this.#versions = new PeerVersions(peer, options);
    this.#run = new FollowRun(peer, { ...options, shares: this.#versions });
  }

  /** Runs until the signal; a failed version throws, and the next start goes on with it. @throws ShoalError */
  async *run(): AsyncGenerator<FollowEvent> {
    for await (const event of this.#run.run())
      yield event.type === 'fetching' ? { ...event, share: this.#versions.fetching! } : event;
  }

  /** Looks for a newer version now, instead of at the next interval. */
  lookNow(): void {
    this.#run.lookNow();
  }
}
